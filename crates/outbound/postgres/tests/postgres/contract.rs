//! The promises of a store, kept by Postgres every way that it is reached.

use creativestore_contract::Given;
use creativestore_ports::store::Store;

use crate::given::{Way, given};

async fn direct() -> Given<dyn Store> {
    given(Way::Direct).await
}

async fn packaged() -> Given<dyn Store> {
    given(Way::Packaged).await
}

async fn newer() -> Given<dyn Store> {
    given(Way::Newer).await
}

mod directly {
    creativestore_contract::store_promises!(crate::contract::direct);
}

mod behind_a_pooler_without_prepared_statements {
    creativestore_contract::store_promises!(crate::contract::packaged);
}

mod behind_a_pooler_that_keeps_prepared_statements {
    creativestore_contract::store_promises!(crate::contract::newer);
}

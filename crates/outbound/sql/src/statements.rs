//! The portable statements, one file each under `queries/`. Both databases run every one of them.

macro_rules! statements {
    ($($name:ident = $file:literal;)*) => {
        $(
            #[doc = concat!("`queries/", $file, ".sql`")]
            pub const $name: &str = include_str!(concat!("../queries/", $file, ".sql"));
        )*

        /// Every statement with its name; a test prepares each against a migrated database.
        pub const ALL: &[(&str, &str)] = &[$(($file, $name),)*];
    };
}

statements! {
    ACCOUNT_INSERT = "account_insert";
    ACCOUNT_GET = "account_get";
    ACCOUNT_SAVE = "account_save";
    CONCEPT_INSERT = "concept_insert";
    CONCEPT_GET = "concept_get";
    CONCEPT_SAVE = "concept_save";
    CONCEPT_LIST = "concept_list";
    CREATIVE_INSERT = "creative_insert";
    CREATIVE_GET = "creative_get";
    CREATIVE_BY_EXTERNAL_ID = "creative_by_external_id";
    CREATIVE_SAVE = "creative_save";
    CREATIVE_QUEUE = "creative_queue";
    CREATIVE_OLDEST_WAITING = "creative_oldest_waiting";
    TERMS_CLEAR = "terms_clear";
    LABELS_CLEAR = "labels_clear";
    FORMATS_CLEAR = "formats_clear";
    REVISION_INSERT = "revision_insert";
    REVISION_GET = "revision_get";
    REVISION_LIST = "revision_list";
    REVISION_STATE = "revision_state";
    RUN_INSERT = "run_insert";
    RUN_NEWEST = "run_newest";
    REVIEW_INSERT = "review_insert";
    REVIEW_OF = "review_of";
    ASSIGNMENT_INSERT = "assignment_insert";
    ASSIGNMENT_GET = "assignment_get";
    ASSIGNMENT_END = "assignment_end";
    ASSIGNMENT_ANY = "assignment_any";
    BLOB_INSERT = "blob_insert";
    BLOB_GET = "blob_get";
    FACTS_KEEP = "facts_keep";
    FACTS_GET = "facts_get";
    RENDITION_KEEP = "rendition_keep";
    RENDITION_GET = "rendition_get";
    RENDITION_ALL = "rendition_all";
    AUDIT_INSERT = "audit_insert";
    AUDIT_LIST = "audit_list";
    AUDIT_LIST_INSTALLATION = "audit_list_installation";
    EVENT_INSERT = "event_insert";
    EVENT_HISTORY = "event_history";
    EVENT_PUBLISH = "event_publish";
    EVENT_PUBLISHED_AFTER = "event_published_after";
    EVENT_NEWEST_POSITION = "event_newest_position";
    EVENT_UNTOLD = "event_untold";
    EVENT_CHANGED_AFTER = "event_changed_after";
    EVENT_OLDEST_UNTOLD = "event_oldest_untold";
    RELAY_TAKE = "relay_take";
    RELAY_TOLD = "relay_told";
    JOB_INSERT = "job_insert";
    JOB_FREE = "job_free";
    JOB_CLAIM = "job_claim";
    JOB_RENEW = "job_renew";
    JOB_FINISH = "job_finish";
    JOB_RETRY = "job_retry";
    JOB_BACKLOG = "job_backlog";
    USER_INSERT = "user_insert";
    USER_SAVE = "user_save";
    USER_GET = "user_get";
    USER_BY_LOGIN = "user_by_login";
    USER_BY_ONE_TIME_TOKEN = "user_by_one_time_token";
    USER_LIST = "user_list";
    USER_MEMBERS = "user_members";
    GRANTS_OF = "grants_of";
    GRANTS_CLEAR = "grants_clear";
    GRANT_INSERT = "grant_insert";
    KEY_INSERT = "key_insert";
    KEY_BY_SECRET = "key_by_secret";
    KEY_GET = "key_get";
    KEY_LIST = "key_list";
    KEY_REVOKE = "key_revoke";
    REFRESH_INSERT = "refresh_insert";
    REFRESH_GET = "refresh_get";
    REFRESH_USE = "refresh_use";
    REFRESH_REVOKE = "refresh_revoke";
    REFRESH_FORGET = "refresh_forget";
    IDEMPOTENCY_FIND = "idempotency_find";
    IDEMPOTENCY_KEEP = "idempotency_keep";
    IDEMPOTENCY_FORGET = "idempotency_forget";
}

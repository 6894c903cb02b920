//! Creatives of every shape, there and back; and what is none.

use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use uuid::Uuid;

use super::*;

fn revisions() -> impl Strategy<Value = RevisionRef> {
    (1..u32::MAX, any::<[u8; 8]>()).prop_map(|(no, content)| RevisionRef {
        no: RevisionNo::new(no).expect("from 1"),
        hash: Sha256::of(&content),
    })
}

fn moments() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_micros)
}

prop_compose! {
    fn metadata()(
        name in "\\PC{1,30}".prop_filter_map("a name", |text| Name::parse(&text).ok()),
        concept in of(any::<u128>()),
        labels in prop::collection::btree_set("[a-z \u{e9}\u{4e2d}]{1,8}", 0..MAX_LABELS),
        ends in of(any::<(i64, i64)>()),
    ) -> Metadata {
        let labels = labels.iter().filter_map(|label| Label::parse(label).ok()).collect();
        let ends = ends.map(|(a, b)| (Timestamp::from_micros(a.min(b)), Timestamp::from_micros(a.max(b))));
        let rights = ends.and_then(|(from, until)| Window::new(Some(from), Some(until)).ok());
        let concept = concept.map(|id| ConceptId::new(Uuid::from_u128(id)));
        Metadata { name, concept, labels, rights: rights.unwrap_or(Window::ALWAYS) }
    }
}

prop_compose! {
    fn creatives()(
        (id, account) in any::<(u128, u128)>(),
        external_id in of("[a-zA-Z0-9/_-]{1,40}".prop_filter_map("an id", |text| ExternalId::parse(&text).ok())),
        kind in select(Kind::ALL.to_vec()),
        metadata in metadata(),
        change_policy in select(vec![ChangePolicy::Staged, ChangePolicy::Strict]),
        standing in select(Standing::ALL.to_vec()),
        newest in revisions(),
        newest_state in select(vec![
            RevisionState::Processing, RevisionState::PendingReview, RevisionState::Approved, RevisionState::Rejected,
        ]),
        active in of(revisions()),
        (version, sequence) in any::<(u32, u64)>(),
        (created_at, updated_at) in (moments(), moments()),
    ) -> Creative {
        Creative {
            id: CreativeId::new(Uuid::from_u128(id)),
            account: AccountId::new(Uuid::from_u128(account)),
            external_id, kind, metadata, change_policy, standing, newest, newest_state, active, version, sequence,
            created_at, updated_at,
        }
    }
}

proptest! {
    #[test]
    fn a_creative_reads_back_as_it_was_written(creative in creatives()) {
        let json = creative_to_json(&creative);
        prop_assert_eq!(creative_from_json(json.as_bytes()), Some(creative));
    }

    #[test]
    fn a_creative_with_a_field_more_or_less_or_of_another_kind_is_none(
        creative in creatives(), which in any::<prop::sample::Index>(),
    ) {
        let whole: Value = serde_json::from_str(&creative_to_json(&creative)).expect("JSON");
        let fields = whole.as_object().expect("an object");
        let name = which.get(&fields.keys().cloned().collect::<Vec<_>>()).clone();
        let mut less = fields.clone();
        less.remove(&name);
        let mut more = fields.clone();
        more.insert("of_tomorrow".into(), Value::Null);
        let mut other = fields.clone();
        other.insert(name, serde_json::json!({ "no": -1 }));
        for changed in [less, more, other] {
            prop_assert_eq!(creative_from_json(Value::Object(changed).to_string().as_bytes()), None);
        }
    }

    #[test]
    fn what_is_cut_off_is_no_creative(creative in creatives(), at in any::<prop::sample::Index>()) {
        let json = creative_to_json(&creative);
        prop_assert_eq!(creative_from_json(&json.as_bytes()[..at.index(json.len())]), None);
    }
}

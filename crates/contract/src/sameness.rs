//! That two stores which hold the same creatives answer the same: many creatives and many lists, all from one seed.
//! Knows no expectation but that one store is asked what the other was.

use creativestore_domain::creative::Creative;
use creativestore_domain::event::Change;
use creativestore_domain::id::ConceptId;
use creativestore_domain::manifest::Kind;
use creativestore_domain::review::Decision;
use creativestore_domain::search::query_terms;
use creativestore_domain::states::Status;
use creativestore_domain::text::{Label, Name};
use creativestore_domain::time::Window;
use creativestore_ports::creatives::{CreativeFilter, Sort, SortBy};
use creativestore_ports::page::{Page, PageRequest, Position};
use creativestore_ports::store::Store;

use futures_util::future::join_all;

use crate::given::{
    Made, accounts, acme, at, commit, concept, decides, external_id, format, made_of, manifest_for, native,
    other, page_of, passes, uuid, writing,
};

/// How many creatives.
pub const CREATIVES: u32 = 10_000;
/// How many lists are asked for.
pub const QUESTIONS: u32 = 300;

/// Creatives that are put in together.
const TOGETHER: usize = 250;
/// Pages that are turned of one list.
const PAGES: usize = 4;

const WORDS: [&str; 24] = [
    "Holiday",
    "holidays",
    "Summer",
    "sale",
    "Winter",
    "Sneaker",
    "sneak",
    "Größe",
    "Café",
    "cafe",
    "2026",
    "20%",
    "Banner",
    "banana",
    "Video",
    "Launch",
    "APP",
    "app-store",
    "Zürich",
    "x",
    "Ｗｉｄｅ",
    "finale",
    "fin",
    "Sale!",
];
const CHINESE: [&str; 12] = [
    "双十一大促",
    "春季新品",
    "运动鞋",
    "限时优惠",
    "大促",
    "新品上市",
    "广告",
    "夏季",
    "冬季清仓",
    "鞋",
    "品牌广告语",
    "春",
];
const LABELS: [&str; 8] = ["winter", "summer", "sale", "brand", "测试", "Q4", "video", "retarget"];
const CONCEPTS: [u32; 3] = [50, 51, 52];
const FORMATS: [&str; 5] = ["banner", "box", "tower", "feed", "story"];

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap_or_default() % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    fn seconds(&mut self, end: i64) -> i64 {
        i64::try_from(self.below(usize::try_from(end).unwrap_or(1))).unwrap_or_default()
    }

    fn title(&mut self) -> String {
        let words = 1 + self.below(4);
        let chinese = self.percent(40);
        let word = |_| if chinese && self.percent(60) { self.one(&CHINESE) } else { self.one(&WORDS) };
        (0..words).map(word).collect::<Vec<_>>().join(if chinese { "" } else { " " })
    }
}

fn idea(chance: &mut Chance) -> ConceptId {
    ConceptId::new(uuid(chance.one(&CONCEPTS)))
}

/// A creative in one of the states, made and changed in moments that many share.
fn made(number: u32, chance: &mut Chance) -> Made {
    // The other account has some as well, which nobody of ours may see.
    let account = if chance.percent(3) { other() } else { acme() };
    let title = chance.title();
    let manifest = match chance.below(4) {
        0 => native(number, &title),
        1 => manifest_for(number, [chance.one(&FORMATS)]),
        2 => manifest_for(number, [chance.one(&FORMATS), "wide"]),
        _ => manifest_for(number, []),
    };
    let labels = (0..chance.below(4)).map(|_| Label::parse(chance.one(&LABELS)).expect("a label")).collect();
    let named = chance.title();
    let concept = chance.percent(30).then(|| idea(chance)).filter(|_| account == acme());
    let theirs =
        chance.percent(20).then(|| external_id(&format!("{}-{number}", chance.one(&["ACME", "erp", "库"]))));
    let mut made = made_of(number, account, manifest, |draft| {
        draft.metadata.name = Name::parse(&named).expect("a name");
        draft.metadata.labels = labels;
        draft.metadata.concept = concept;
        draft.external_id = theirs;
    });
    let step = |made: &mut Made, change: Change<Creative>| {
        for (_, to) in change.revisions {
            made.revision.state = to;
        }
        made.creative = change.state;
    };
    let far = chance.below(4);
    if far > 0 {
        let passed = passes(made.creative.clone(), 20_000);
        step(&mut made, passed);
    }
    if far > 1 {
        let decision = if far == 2 { Decision::Approve } else { Decision::Reject };
        let decided = decides(made.creative.clone(), decision, 20_001);
        step(&mut made, decided);
    }
    made.creative.created_at = at(chance.seconds(2_000));
    made.creative.updated_at = at(2_000 + chance.seconds(500));
    made
}

/// Puts the creatives of a seed into an empty store, by so many units of work at once.
pub async fn fill(store: &dyn Store, seed: u64, at_once: usize) {
    accounts(store).await;
    let mut work = writing(store).await;
    for number in CONCEPTS {
        work.tenancy().insert_concept(&concept(number, acme())).await.expect("a new concept");
    }
    commit(work).await;
    let mut chance = Chance(seed);
    let all: Vec<Made> = (1_000..1_000 + CREATIVES).map(|number| made(number, &mut chance)).collect();
    let put = async |some: &[Made]| {
        let mut work = writing(store).await;
        for Made { creative, revision, .. } in some {
            work.creatives().insert(creative, revision).await.expect("a new creative");
            work.revisions().insert(revision).await.expect("a new revision");
        }
        commit(work).await;
    };
    let mut left = all.chunks(TOGETHER);
    loop {
        let now: Vec<_> = left.by_ref().take(at_once).map(&put).collect();
        if now.is_empty() {
            break;
        }
        join_all(now).await;
    }
}

/// A list that is asked for: what it narrows by, its order, and how long its pages are.
#[derive(Debug)]
pub struct Question {
    filter: CreativeFilter,
    sort: Sort,
    limit: u16,
}

/// The questions of a seed.
pub fn questions(seed: u64) -> Vec<Question> {
    let mut chance = Chance(seed);
    (0..QUESTIONS).map(|_| question(&mut chance)).collect()
}

fn question(chance: &mut Chance) -> Question {
    let words = match chance.below(7) {
        0 => String::new(),
        1 => chance.one(&WORDS).to_lowercase(),
        2 => chance.one(&WORDS).chars().take(1 + chance.below(3)).collect(),
        3 => chance.one(&CHINESE).chars().skip(chance.below(2)).take(1 + chance.below(3)).collect(),
        4 => format!("{} {}", chance.one(&WORDS), chance.one(&CHINESE)),
        5 => format!("{} {}", chance.one(&WORDS), chance.one(&WORDS)),
        _ => {
            chance.one(&["acme 1", "erp", "库", "retar", "nothing has this", "a_p", "50%", "促春"]).to_owned()
        }
    };
    let mut filter =
        CreativeFilter { terms: query_terms(&words).unwrap_or_default(), ..CreativeFilter::default() };
    if chance.percent(15) {
        filter.kind = Some(chance.one(&[Kind::Image, Kind::NativeInFeed]));
    }
    if chance.percent(15) {
        filter.concept = Some(idea(chance));
    }
    if chance.percent(20) {
        filter.format = Some(format(chance.one(&FORMATS)));
    }
    if chance.percent(25) {
        let statuses = [Status::Processing, Status::PendingReview, Status::Approved, Status::Rejected];
        filter.statuses = vec![chance.one(&statuses), chance.one(&statuses)];
    }
    if chance.percent(25) {
        filter.label = Some(Label::parse(chance.one(&LABELS)).expect("a label"));
    }
    if chance.percent(20) {
        let from = chance.seconds(1_500);
        let until = chance.percent(50).then(|| at(from + 1 + chance.seconds(1_000)));
        filter.created = Window::new(Some(at(from)), until).expect("a window");
    }
    if chance.percent(10) {
        filter.updated = Window::new(Some(at(2_000 + chance.seconds(400))), None).expect("a window");
    }
    let by = chance.one(&[SortBy::Created, SortBy::Updated, SortBy::Name]);
    Question {
        filter,
        sort: Sort { by, descending: chance.percent(50) },
        limit: chance.one(&[3, 20, 50, 200]),
    }
}

/// What a store answers: the ids, in order, of the first pages, and where the next one would begin.
pub async fn answer(store: &dyn Store, question: &Question) -> (Vec<String>, Option<Position>) {
    let (mut ids, mut after) = (Vec::new(), None);
    for _ in 0..PAGES {
        let request = PageRequest { limit: question.limit, after };
        let Page { items, next } = page_of(store, acme(), &question.filter, question.sort, &request).await;
        ids.extend(items.into_iter().map(|creative| creative.id.to_string()));
        after = next;
        if after.is_none() {
            break;
        }
    }
    (ids, after)
}

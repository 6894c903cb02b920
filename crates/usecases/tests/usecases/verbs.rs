//! Every verb that works inside an account, in one table: who may, and what somebody from outside is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use creativestore_domain::access::{Permission, Role};
use creativestore_domain::assignment::Weight;
use creativestore_domain::creative::Metadata;
use creativestore_domain::facts::Recipe;
use creativestore_domain::hash::Sha256;
use creativestore_domain::id::{ApiKeyId, AssignmentId, ConceptId, CreativeId};
use creativestore_domain::manifest::{Kind, Manifest};
use creativestore_domain::patch::Patch;
use creativestore_domain::review::Decision;
use creativestore_domain::tag::{Click, Macros};
use creativestore_domain::text::{ExternalId, ExternalRef, Login, WebUrl};
use creativestore_domain::time::Window;
use creativestore_ports::blobs::Served;
use creativestore_ports::creatives::{AssignmentFilter, CreativeFilter, Sort, SortBy};
use creativestore_usecases::{
    Caller, Failure, Links, accounts, api_keys, assignments, audit, blobs, checks, concepts, creatives,
    events, previews, reviews, tags,
};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, TryFutureExt};

use crate::world::{
    World, create, decision_on, first_page, metadata, name, no, picture_of, stream, with_role,
};

/// What a verb is about.
pub struct Target {
    pub creative: CreativeId,
    pub blob: Sha256,
    pub concept: ConceptId,
    pub assignment: AssignmentId,
    pub key: ApiKeyId,
}

pub struct NoLinks;

impl Links for NoLinks {
    fn asset(&self, _: creativestore_domain::id::AccountId, sha256: Sha256) -> String {
        format!("https://files.example/{sha256}")
    }
    fn bundle_file(&self, _: creativestore_domain::id::AccountId, bundle: Sha256, path: &str) -> String {
        format!("https://files.example/{bundle}/{path}")
    }
}

/// What somebody from outside is told when the verb is about a thing of another account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Names {
    /// The thing itself: it is not found.
    Thing,
    /// The thing in a field: the field is wrong, in the words for one that never was.
    Field,
    /// Nothing but the account.
    Nothing,
}

type Verb<'a> = (&'static str, Permission, Names, BoxFuture<'a, Result<(), Failure>>);

fn other_picture(blob: Sha256) -> Manifest {
    let of = picture_of(blob);
    let click = WebUrl::parse("https://elsewhere.example/").expect("a URL");
    Manifest::new(Kind::Image, of.formats().clone(), of.assets().clone(), Some(click), BTreeSet::new())
        .expect("a manifest")
}

/// Every verb, about the target.
pub fn verbs<'a>(world: &'a World, caller: &'a Caller, target: &'a Target) -> Vec<Verb<'a>> {
    use Names::{Field, Nothing, Thing};
    use Permission::{Administer, Read, Review, Write};
    let inside = &*world.inside;
    let Target { creative, blob, concept, assignment, key } = *target;
    let labelled = move |title| Metadata { concept: Some(concept), ..metadata(title) };
    macro_rules! table {
        ($($verb:literal $permission:ident $names:ident $call:expr;)*) => {
            vec![$(($verb, $permission, $names, async move { $call }.map_ok(drop).boxed())),*]
        };
    }
    table! {
        "creatives.get" Read Thing creatives::get(inside, caller, creative).await;
        "creatives.list" Read Nothing
            creatives::list(inside, caller, &CreativeFilter::default(), Sort { by: SortBy::Name, descending: false }, &first_page()).await;
        "creatives.create" Write Field creatives::create(inside, caller, create("New", picture_of(blob)), None).await;
        "creatives.upsert" Write Field {
            let external_id = ExternalId::parse("theirs").expect("an id");
            let request = creatives::Upsert { external_id, metadata: labelled("New"), manifest: picture_of(blob) };
            creatives::upsert(inside, caller, request, None).await
        };
        "creatives.amend" Write Thing
            creatives::amend(inside, caller, creative, Some(1), creatives::Amend { concept: Patch::Null, ..creatives::Amend::default() }).await;
        "creatives.revise" Write Thing creatives::revise(inside, caller, creative, other_picture(blob), None).await;
        "creatives.revision" Read Thing creatives::revision(inside, caller, creative, Some(no(1))).await;
        "creatives.revisions" Read Thing creatives::revisions(inside, caller, creative, &first_page()).await;
        "creatives.checks" Read Thing creatives::checks(inside, caller, creative, no(1)).await;
        "creatives.archive" Write Thing creatives::archive(inside, caller, creative, None, None, None).await;
        "creatives.unarchive" Write Thing creatives::unarchive(inside, caller, creative, None, None).await;
        "creatives.resubmit" Write Thing creatives::resubmit(inside, caller, creative, None, None).await;
        "reviews.decide" Review Thing reviews::decide(inside, caller, decision_on(creative, 1, Decision::Reject), None).await;
        "reviews.queue" Read Nothing reviews::queue(inside, caller, &first_page()).await;
        "blobs.put" Write Nothing blobs::put(inside, caller, stream("image 1x1"), None).await;
        "blobs.find" Read Thing blobs::find(inside, caller, blob).await;
        "blobs.open" Read Thing blobs::open(inside, caller, blob, None).await;
        "blobs.link" Read Thing blobs::link(inside, caller, blob, &Served::default()).await;
        "blobs.facts" Read Thing blobs::facts(inside, caller, blob, None).await;
        "blobs.rendition" Read Thing blobs::rendition(inside, caller, blob, &Recipe::Thumbnail(64), None).await;
        "checks.run" Read Field checks::run(inside, caller, checks::Subject::Blob(blob), None).await;
        "assignments.create" Write Thing {
            let package = ExternalRef::parse("package").expect("a package");
            let request = assignments::Create {
                creative, package, media_buy: None, weight: Weight::DEFAULT, flight: Window::ALWAYS, format: None,
            };
            assignments::create(inside, caller, request, None).await
        };
        "assignments.end" Write Thing assignments::end(inside, caller, assignment).await;
        "assignments.list" Read Nothing assignments::list(inside, caller, &AssignmentFilter::default(), &first_page()).await;
        "tags.render" Read Thing {
            let request = tags::Render {
                creative, channel: None, assignment: None, format: None,
                macros: Macros::default(), click: Click::Direct,
            };
            tags::render(inside, caller, request, &NoLinks).await
        };
        "previews.find" Read Thing previews::find(inside, caller, creative, None).await;
        "concepts.create" Write Nothing concepts::create(inside, caller, name("Idea"), None).await;
        "concepts.get" Read Thing concepts::get(inside, caller, concept).await;
        "concepts.amend" Write Thing concepts::amend(inside, caller, concept, None, name("Other")).await;
        "concepts.list" Read Nothing concepts::list(inside, caller, &first_page()).await;
        "api_keys.create" Administer Nothing {
            let request = api_keys::Create { name: name("Key"), role: Role::Viewer, expires_at: None };
            api_keys::create(inside, caller, request, None).await
        };
        "api_keys.list" Administer Nothing api_keys::list(inside, caller).await;
        "api_keys.revoke" Administer Thing api_keys::revoke(inside, caller, key).await;
        "accounts.get" Read Nothing accounts::get(inside, caller).await;
        "accounts.amend" Administer Nothing
            accounts::amend(inside, caller, None, accounts::Amend { name: Some(name("New")), ..accounts::Amend::default() }).await;
        "accounts.members" Administer Nothing accounts::members(inside, caller).await;
        "accounts.add_member" Administer Nothing {
            let login = Login::parse("ann@acme.example").expect("a login");
            accounts::add_member(inside, caller, accounts::AddMember { login, name: name("Ann"), role: Role::Viewer }).await
        };
        "events.page" Read Nothing events::page(inside, caller, 0, 10).await;
        "events.follow" Read Nothing events::follow(Arc::clone(&world.inside), caller, 0);
        "audit.list" Administer Nothing audit::list(inside, caller, &first_page()).await;
    }
}

/// Verbs that are not about an account: of sessions, of the installation.
const ELSEWHERE: [&str; 9] = [
    "accounts.create",
    "accounts.list",
    "sessions.me",
    "users.create",
    "users.disable",
    "users.invite",
    "users.list",
    "users.set_own_password",
    "users.any",
];

async fn target(world: &World, caller: &Caller) -> Target {
    let inside = &world.inside;
    let creative = world.approved(caller, "image 300x250").await;
    let concept = concepts::create(inside, caller, name("Idea"), None).await.expect("a concept").value.id;
    let request = assignments::Create {
        creative: creative.id,
        package: ExternalRef::parse("first").expect("a package"),
        media_buy: None,
        weight: Weight::DEFAULT,
        flight: Window::ALWAYS,
        format: None,
    };
    let assignment =
        assignments::create(inside, caller, request, None).await.expect("an assignment").value.id;
    let request = api_keys::Create { name: name("Key"), role: Role::Viewer, expires_at: None };
    let key = api_keys::create(inside, caller, request, None).await.expect("a key").value.key.id;
    Target { creative: creative.id, blob: Sha256::of(b"image 300x250"), concept, assignment, key }
}

#[tokio::test]
async fn every_verb_is_in_the_table() {
    let world = World::new().await;
    let caller = world.acme();
    let target = target(&world, &caller).await;
    let table: BTreeSet<String> =
        verbs(&world, &caller, &target).into_iter().map(|(verb, ..)| verb.to_owned()).collect();
    let mut source = BTreeSet::new();
    let rooms = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).expect("the source");
    for room in rooms.map(|room| room.expect("a room").path()).filter(|path| path.is_dir()) {
        let title = room.file_name().expect("a name").to_string_lossy().into_owned();
        for file in std::fs::read_dir(&room).expect("a room") {
            let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
            for verb in text.replace("\npub async fn ", "\npub fn ").split("\npub fn ").skip(1) {
                let (signature, _) = verb.split_once('{').expect("a body");
                if signature.contains("caller: &Caller") {
                    let (verb, _) = verb.split_once('(').expect("arguments");
                    source.insert(format!("{title}.{verb}"));
                }
            }
        }
    }
    let known = |verb: &String| table.contains(verb) || ELSEWHERE.contains(&verb.as_str());
    assert_eq!(source.iter().filter(|verb| !known(verb)).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(table.difference(&source).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[tokio::test]
async fn each_role_may_do_just_what_it_allows() {
    let world = World::new().await;
    let target = target(&world, &world.acme()).await;
    for role in Role::ALL {
        let caller = with_role(world.acme, role);
        for (verb, permission, _, outcome) in verbs(&world, &caller, &target) {
            match outcome.await {
                Err(Failure::Forbidden(needed)) => {
                    assert_eq!(needed, permission, "{verb} as {}", role.as_str());
                    assert!(!role.allows(permission), "{verb} is refused to {}", role.as_str());
                }
                _ => assert!(role.allows(permission), "{verb} is open to {}", role.as_str()),
            }
        }
    }
}

#[tokio::test]
async fn an_account_that_was_not_granted_is_not_found_by_any_verb() {
    let world = World::new().await;
    let target = target(&world, &world.acme()).await;
    let outsider = Caller { named: Some(world.acme), ..world.other() };
    let before = world.everything().await;
    for (verb, _, _, outcome) in verbs(&world, &outsider, &target) {
        let told = outcome.await.expect_err(verb);
        assert!(matches!(told, Failure::NotFound("account")), "{verb}: {told:?}");
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn invariant_6_another_accounts_things_are_told_from_unknown_ones_by_no_verb() {
    let world = World::new().await;
    let theirs = target(&world, &world.acme()).await;
    let unknown = {
        let id = uuid::Uuid::from_u128(u128::MAX);
        Target {
            creative: CreativeId::new(id),
            blob: Sha256::of(b"never"),
            concept: ConceptId::new(id),
            assignment: AssignmentId::new(id),
            key: ApiKeyId::new(id),
        }
    };
    let outsider = world.other();
    let of_theirs = verbs(&world, &outsider, &theirs);
    let of_unknown = verbs(&world, &outsider, &unknown);
    let before = world.everything().await;
    for ((verb, _, names, theirs_told), (_, _, _, unknown_told)) in of_theirs.into_iter().zip(of_unknown) {
        if names == Names::Nothing {
            continue;
        }
        let told = [theirs_told.await.expect_err(verb), unknown_told.await.expect_err(verb)];
        assert_eq!(matches!(told[0], Failure::NotFound(_)), names == Names::Thing, "{verb}: {told:?}");
        let words = told.map(|told| {
            let Failure::Invalid(fields) = told else { return told.to_string() };
            let hide = |id: String| move |text: String| text.replace(&id, "…");
            let texts = fields.into_iter().map(|field| format!("{}: {}", field.pointer, field.detail));
            let texts = texts.map(hide(theirs.blob.to_string())).map(hide(unknown.blob.to_string()));
            let texts = texts.map(hide(theirs.concept.to_string())).map(hide(unknown.concept.to_string()));
            texts.collect::<Vec<_>>().join("; ")
        });
        assert_eq!(words[0], words[1], "{verb}");
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn invariant_6_the_same_bytes_in_two_accounts_are_two_blobs() {
    let world = World::new().await;
    let (acme, other) = (world.acme(), world.other());
    let first = blobs::put(&world.inside, &acme, stream("image 300x250"), None).await.expect("taken");
    let again = blobs::put(&world.inside, &acme, stream("image 300x250"), None).await.expect("taken");
    let theirs = blobs::put(&world.inside, &other, stream("image 300x250"), None).await.expect("taken");
    assert!(first.created && !again.created && theirs.created);
    assert_eq!(world.count("blobs").await, 2);
    // What one account has had measured is not taken for the other's.
    for (caller, looked) in [(&acme, 1), (&acme, 1), (&other, 2)] {
        blobs::facts(&world.inside, caller, first.sha256, None).await.expect("facts");
        assert_eq!(world.inspector.looked.load(std::sync::atomic::Ordering::SeqCst), looked);
    }
}

#[tokio::test]
async fn somebody_with_several_accounts_names_one() {
    let world = World::new().await;
    let mut both = world.acme();
    Arc::make_mut(&mut both.grants).accounts.insert(world.other, Role::Viewer);
    let told = reviews::queue(&world.inside, &both, &first_page()).await.expect_err("ambiguous");
    assert!(matches!(told, Failure::WhichAccount(choices) if choices == [world.acme, world.other]));
    both.named = Some(world.other);
    reviews::queue(&world.inside, &both, &first_page()).await.expect("a queue");
}

//! Registration with a Consul that is well, or that forgot everything, or that has more than one agent.

use std::net::Ipv4Addr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use creativestore_tests::servers::consul::Consul as Server;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use crate::given::{INSTANCE, Kept, LEAVING, NAME, Web, check, entries, instance, nowhere, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_catalogue_shows_the_instance_with_its_check_tags_address_and_port() {
    let (server, web) = (Server::start().expect("Consul"), Web::start());
    let consul = instance(server.address, web.address);
    assert!(consul.problem().is_some(), "nothing was registered yet");
    let _kept = Kept::of(&consul);
    until("registered", || consul.problem().is_none()).await;
    let listed = server.get(&format!("/v1/catalog/service/{NAME}")).expect("the catalogue");
    let [entry] = listed.as_array().expect("a list").as_slice() else { panic!("{listed}") };
    assert_eq!(entry["ServiceID"], INSTANCE);
    assert_eq!(entry["ServiceTags"], json!(["version=1.2.3"]));
    assert_eq!(entry["ServiceAddress"], web.address.ip().to_string());
    assert_eq!(entry["ServicePort"], web.address.port());
    let check = check(&server).expect("a check");
    assert_eq!(check["Type"], "http");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_follows_whether_the_instance_is_ready() {
    let (server, web) = (Server::start().expect("Consul"), Web::start());
    let consul = instance(server.address, web.address);
    let _kept = Kept::of(&consul);
    for (status, expected) in [(200, "passing"), (503, "critical"), (200, "passing")] {
        web.status.store(status, Ordering::SeqCst);
        until(expected, || check(&server).is_some_and(|check| check["Status"] == expected)).await;
    }
    assert_eq!(*web.asked.lock().expect("a lock"), "GET /health/ready HTTP/1.1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_consul_that_was_restarted_empty_forgot_is_registered_again() {
    let server = Server::start().expect("Consul");
    let port = server.address.port();
    let consul = instance(server.address, nowhere());
    let _kept = Kept::of(&consul);
    until("registered", || entries(&server).len() == 1).await;
    server.stop();
    until("missed", || consul.problem().is_some()).await;
    let server = Server::start_on(port).expect("Consul again");
    until("registered again", || entries(&server).len() == 1).await;
    until("no problem", || consul.problem().is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_was_here_before_is_replaced_by_what_it_is_now() {
    let (server, web) = (Server::start().expect("Consul"), Web::start());
    let before = instance(server.address, nowhere());
    let kept = Kept::of(&before);
    until("registered", || entries(&server).len() == 1).await;
    // As after a crash: it did not leave.
    drop(kept);
    let consul = instance(server.address, web.address);
    let _kept = Kept::of(&consul);
    until("replaced", || entries(&server)[0]["Service"]["Port"] == web.address.port()).await;
    assert_eq!(entries(&server).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_left_is_away_and_stays_away() {
    let server = Server::start().expect("Consul");
    let consul = instance(server.address, nowhere());
    let _kept = Kept::of(&consul);
    until("registered", || entries(&server).len() == 1).await;
    consul.leave().await;
    until("deregistered", || entries(&server).is_empty()).await;
    // Whatever still keeps it has ended: the lock it looks under would be waited for.
    let again = instance(server.address, nowhere());
    again.leave().await;
    for _ in 0..100 {
        assert!(entries(&server).is_empty());
    }
}

/// A service's address: the same port as the agents, at the end of the loopback network, before whichever is chosen.
async fn service(port: u16, target: Arc<Mutex<Ipv4Addr>>) -> std::net::SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 3), port)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let target = *target.lock().expect("a lock");
            tokio::spawn(async move {
                if let Ok(mut agent) = TcpStream::connect((target, port)).await {
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut agent).await;
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_one_address_of_many_agents_it_is_registered_once_and_deregistered_where_it_was() {
    let other = Ipv4Addr::new(127, 0, 0, 2);
    let server = Server::start().expect("Consul");
    let agent = server.joined(other).expect("an agent");
    let target = Arc::new(Mutex::new(other));
    let address = service(server.address.port(), Arc::clone(&target)).await;
    let consul = instance(address, nowhere());
    let _kept = Kept::of(&consul);
    until("registered", || entries(&server).len() == 1).await;
    assert_eq!(entries(&server)[0]["Node"]["Node"], agent.node);

    // Now another agent answers, which never heard of it: it is still registered, and not once more.
    *target.lock().expect("a lock") = Ipv4Addr::LOCALHOST;
    let has = |of: &Server| of.get("/v1/agent/services").expect("services").get(INSTANCE).is_some();
    for _ in 0..300 {
        assert!(!has(&server));
    }
    assert_eq!(consul.problem(), None);

    let begun = Instant::now();
    consul.leave().await;
    assert!(begun.elapsed() < LEAVING, "{:?}", begun.elapsed());
    assert!(!has(&agent), "the agent that had it would put it back");
    until("deregistered", || entries(&server).is_empty()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_registered_with_an_agent_that_is_gone_is_registered_with_another_and_deregistered_there() {
    let other = Ipv4Addr::new(127, 0, 0, 2);
    let server = Server::start().expect("Consul");
    let agent = server.joined(other).expect("an agent");
    let target = Arc::new(Mutex::new(other));
    let address = service(server.address.port(), Arc::clone(&target)).await;
    let consul = instance(address, nowhere());
    let _kept = Kept::of(&consul);
    until("registered", || entries(&server).len() == 1).await;
    agent.stop();
    *target.lock().expect("a lock") = Ipv4Addr::LOCALHOST;
    until("with the other", || {
        let entries = entries(&server);
        entries.len() == 1 && entries[0]["Node"]["Node"] == server.node
    })
    .await;
    consul.leave().await;
    until("deregistered", || entries(&server).is_empty()).await;
}

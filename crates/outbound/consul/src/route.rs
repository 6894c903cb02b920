//! Names and routes: where a host is, and from which address of ours one gets there. Sends nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::UdpSocket;

/// How long it may take to find a route.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many names may be looked up at once; those that hang stay a while.
const MOST_LOOKUPS: usize = 4;

/// The address of this machine on the route to a `host:port`, found within 1 s, for when nobody said what it is.
pub async fn route_address(to: &str) -> Option<IpAddr> {
    let found = async {
        for there in resolve(to).await.ok()? {
            let any: IpAddr = match there {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            // Connecting a datagram socket chooses the route and sends nothing.
            let Ok(socket) = UdpSocket::bind((any, 0)).await else { continue };
            if socket.connect(there).await.is_ok()
                && let Ok(here) = socket.local_addr()
                && !here.ip().is_unspecified()
            {
                return Some(here.ip());
            }
        }
        None
    };
    tokio::time::timeout(PATIENCE, found).await.ok().flatten()
}

/// The addresses of a `host:port`. A name is looked up on a thread of its own: one that hangs must keep neither the
/// runtime's few blocking threads nor the end of the process.
pub(crate) async fn resolve(to: &str) -> std::io::Result<Vec<SocketAddr>> {
    static LOOKUPS: AtomicUsize = AtomicUsize::new(0);
    if let Ok(address) = to.parse() {
        return Ok(vec![address]);
    }
    if LOOKUPS.fetch_add(1, Ordering::Relaxed) >= MOST_LOOKUPS {
        LOOKUPS.fetch_sub(1, Ordering::Relaxed);
        return Err(std::io::Error::other("names are being looked up, without an answer so far"));
    }
    let (tell, told) = tokio::sync::oneshot::channel();
    let to = to.to_owned();
    let started = std::thread::Builder::new().name("resolve".to_owned()).spawn(move || {
        let found = to.to_socket_addrs().map(Vec::from_iter);
        LOOKUPS.fetch_sub(1, Ordering::Relaxed);
        // Nobody may be waiting any more.
        let _ = tell.send(found);
    });
    if let Err(error) = started {
        LOOKUPS.fetch_sub(1, Ordering::Relaxed);
        return Err(error);
    }
    told.await.unwrap_or_else(|_| Err(std::io::Error::other("the lookup broke")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_route_to_this_machine_begins_on_this_machine() {
        assert_eq!(route_address("127.0.0.1:8500").await, Some(Ipv4Addr::LOCALHOST.into()));
        assert!(route_address("localhost:8500").await.is_some_and(|ip| ip.is_loopback()));
    }

    #[tokio::test]
    async fn there_is_no_route_to_what_is_no_host() {
        for odd in ["", "nowhere.invalid:8500", "127.0.0.1"] {
            assert_eq!(route_address(odd).await, None, "{odd}");
        }
    }
}

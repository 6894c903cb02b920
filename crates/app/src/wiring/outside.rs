//! What is around the service and may be away: Redis and Consul. Without Redis, everything that replicas share through it
//! is each process's own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use creativestore_consul::{Consul, ConsulSettings, route_address};
use creativestore_memory::{MemoryBus, MemoryRateLimit};
use creativestore_ports::bus::Bus;
use creativestore_ports::cache::Cache;
use creativestore_ports::inbox::Inbox;
use creativestore_ports::limits::RateLimit;
use creativestore_redis::{DeadLetters, Redis, RedisBus, RedisSettings};
use tokio_util::sync::CancellationToken;

use super::cache::Counted;
use super::records::Records;
use crate::configuration::{self, Configuration, Secret};

const REDIS: &str = "redis";
const CONSUL: &str = "consul";

/// How many events a listener may fall behind before it reads from the store again.
const BUS_ROOM: usize = 256;

/// How often listeners look into the store for what other processes told, where no bus reaches between them.
const LOOK: Duration = Duration::from_secs(1);

/// A replica counts for itself while Redis is away: half of what is allowed, since there are two at least.
const SHARE: u32 = 2;

/// The servers around the service.
pub struct Outside {
    redis: Option<(Redis, Arc<RedisBus>)>,
    memory: Arc<MemoryBus>,
    consul: Option<Consul>,
    leaving: CancellationToken,
}

impl Outside {
    /// Gets ready to reach them; none of them has to be there.
    pub fn new(configuration: &Configuration, records: &Records, instance: &str) -> anyhow::Result<Self> {
        let redis = redis(configuration, instance)?;
        let memory = MemoryBus::new(BUS_ROOM);
        let memory = if records.shared() { memory.among_others(LOOK) } else { memory };
        let redis = redis.map(|redis| {
            let bus = Arc::new(redis.bus(BUS_ROOM));
            (redis, bus)
        });
        Ok(Self { redis, memory: Arc::new(memory), consul: None, leaving: CancellationToken::new() })
    }

    pub fn bus(&self) -> Arc<dyn Bus> {
        match &self.redis {
            Some((_, bus)) => Arc::clone(bus) as Arc<dyn Bus>,
            None => Arc::clone(&self.memory) as Arc<dyn Bus>,
        }
    }

    pub fn cache(&self) -> Option<Arc<dyn Cache>> {
        self.redis.as_ref().map(|(redis, _)| Arc::new(Counted::new(redis.cache())) as Arc<dyn Cache>)
    }

    pub fn inbox(&self) -> Option<Arc<dyn Inbox>> {
        self.redis.as_ref().map(|(redis, _)| Arc::new(redis.inbox()) as Arc<dyn Inbox>)
    }

    /// How much one principal may ask for.
    pub fn rate_limit(&self, configuration: &Configuration) -> Arc<dyn RateLimit> {
        let (per_second, burst) = (configuration.requests_per_second, configuration.burst);
        match &self.redis {
            Some((redis, _)) => {
                let own = MemoryRateLimit::new(share(per_second), share(burst));
                Arc::new(redis.rate_limit(per_second, burst, Arc::new(own)))
            }
            None => Arc::new(MemoryRateLimit::new(per_second, burst)),
        }
    }

    /// How many messages wait for somebody to look at them, where that is known.
    pub async fn dead_letters(&self) -> Option<u64> {
        let (redis, _) = self.redis.as_ref()?;
        redis.dead_letters().count().await.ok()
    }

    /// Hears of events that other processes tell. Never ends.
    pub async fn follow(&self) {
        match &self.redis {
            Some((_, bus)) => bus.follow().await,
            None => std::future::pending().await,
        }
    }

    /// Registers this instance and keeps it registered until it leaves. Never ends.
    pub async fn register(&self) {
        if let Some(consul) = &self.consul {
            self.leaving.run_until_cancelled(consul.keep()).await;
        }
        std::future::pending::<()>().await;
    }

    /// Takes this instance out of the catalogue: from now on nobody is to come here.
    pub async fn leave(&self) {
        self.leaving.cancel();
        if let Some(consul) = &self.consul {
            consul.leave().await;
        }
    }

    /// Knows where to register, once it is known where this instance listens.
    pub async fn listens(
        &mut self,
        configuration: &Configuration,
        port: u16,
        instance: &str,
    ) -> anyhow::Result<()> {
        let Some(configuration::Consul { addr, address }) = &configuration.consul else { return Ok(()) };
        let host = match address {
            Some(address) => *address,
            None => route_address(addr).await.unwrap_or(std::net::Ipv4Addr::LOCALHOST.into()),
        };
        let settings = ConsulSettings {
            address: addr.clone(),
            name: configuration.name.clone(),
            instance: format!("{}-{instance}", configuration.name),
            host,
            port,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        self.consul = Some(Consul::new(settings).context("the address of Consul")?);
        Ok(())
    }

    /// Those that there are, by name.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let redis = self.redis.as_ref().map(|_| REDIS);
        redis.into_iter().chain(self.consul.as_ref().map(|_| CONSUL))
    }

    /// What is wrong with each of them, by name; nothing when all is well.
    pub async fn problems(&self) -> Vec<(&'static str, Option<String>)> {
        if let Some((redis, _)) = &self.redis {
            redis.look().await;
        }
        let redis = self.redis.as_ref().map(|(redis, _)| (REDIS, redis.problem()));
        let consul = self.consul.as_ref().map(|consul| (CONSUL, consul.problem()));
        redis.into_iter().chain(consul).collect()
    }
}

/// The dead letters, for the command line.
pub fn dead_letters(configuration: &Configuration) -> anyhow::Result<DeadLetters> {
    let redis = redis(configuration, "command line")?;
    let redis = redis.context("there is no Redis, so there are no dead letters: set REDIS_HOST")?;
    Ok(redis.dead_letters())
}

fn redis(configuration: &Configuration, instance: &str) -> anyhow::Result<Option<Redis>> {
    let Some(redis) = &configuration.redis else { return Ok(None) };
    let configuration::Redis {
        host,
        port,
        user,
        password,
        tls,
        ca,
        db,
        pubsub_db,
        prefix,
        kept,
        dead_letters,
        tries,
    } = redis.clone();
    let settings = RedisSettings {
        host,
        port,
        user,
        password: password.as_ref().map(Secret::reveal).map(str::to_owned),
        tls,
        ca,
        db,
        pubsub_db,
        prefix,
        kept,
        dead_letters,
        tries,
        instance: instance.to_owned(),
    };
    Redis::new(settings).map(Some).context("Redis")
}

fn share(whole: std::num::NonZeroU32) -> std::num::NonZeroU32 {
    std::num::NonZeroU32::new(whole.get() / SHARE).unwrap_or(std::num::NonZeroU32::MIN)
}

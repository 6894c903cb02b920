//! A process of its own that asks a service to change things, as fast as it can, and says on standard output what
//! it asked and what was acknowledged. Ends when the service is gone. Knows nothing of who ends it.

use creativestore_tests::hammer;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, base, key, seed] = arguments.as_slice() else { anyhow::bail!("hammer BASE KEY SEED") };
    hammer::run(base, key, seed.parse()?)
}

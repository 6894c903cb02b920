//! The limits of a pod without a container: a control group of version 1, which a program enters before it begins. Knows
//! processors and memory, and no program.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use tempfile::TempDir;

/// Microseconds in which a quota counts.
const PERIOD: u32 = 100_000;

const MIB: f64 = 1024.0 * 1024.0;

/// What a group may use.
#[derive(Clone, Copy)]
pub struct Limits {
    /// Thousandths of a processor.
    pub millicores: u32,
    /// Mebibytes.
    pub memory: u32,
}

/// What the deployment gives a pod.
pub const POD: Limits = Limits { millicores: 200, memory: 256 };

/// A group. It ends after everything that is in it.
pub struct Group {
    cpu: PathBuf,
    memory: PathBuf,
    folder: TempDir,
}

impl Group {
    /// Makes a group with these limits.
    pub fn make(limits: Limits) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("creativestore-group-").tempdir()?;
        let name = folder.path().file_name().context("a name")?;
        let place = |controller: &str| Path::new("/sys/fs/cgroup").join(controller).join(name);
        let group = Self { cpu: place("cpu"), memory: place("memory"), folder };
        for path in [&group.cpu, &group.memory] {
            fs::create_dir(path).with_context(|| {
                format!(
                    "making the group {}: it takes root, and the controllers `cpu` and `memory` of cgroup \
                     version 1",
                    path.display()
                )
            })?;
        }
        fs::write(group.cpu.join("cpu.cfs_period_us"), PERIOD.to_string())?;
        let quota = limits.millicores * (PERIOD / 1000);
        fs::write(group.cpu.join("cpu.cfs_quota_us"), quota.to_string())?;
        let bytes = u64::from(limits.memory) << 20;
        fs::write(group.memory.join("memory.limit_in_bytes"), bytes.to_string())?;
        Ok(group)
    }

    /// A program that enters the group and then becomes a copy of this one. Nothing of the copy is in the page cache, so
    /// what is read of it counts for the group, as in a pod on a machine that never ran it.
    pub fn with(&self, program: &Path) -> anyhow::Result<PathBuf> {
        let name = program.file_name().context("a program")?.to_string_lossy();
        let copy = self.folder.path().join(&*name);
        fs::copy(program, &copy)?;
        out_of_the_page_cache(&copy)?;
        let script = self.folder.path().join(format!("{name}-in-its-group"));
        let enter = |group: &Path| format!("echo $$ > {}/cgroup.procs\n", group.display());
        let text = format!(
            "#!/bin/sh\nset -e\n{}{}exec {} \"$@\"\n",
            enter(&self.cpu),
            enter(&self.memory),
            copy.display()
        );
        executable(&script, &text)?;
        Ok(script)
    }

    /// A program that enters the group and then becomes the one of an image: with the image's files and nothing else, which
    /// it cannot change, as the image's user. `root` is where they lie.
    pub fn contain(&self, root: &Path) -> anyhow::Result<PathBuf> {
        // What a runtime of containers adds.
        for folder in ["dev", "proc"] {
            fs::create_dir(root.join(folder))?;
        }
        out_of_the_page_cache(&root.join("usr/local/bin/creativestore"))?;
        let inside = self.folder.path().join("inside");
        let (root, cpu, memory) = (root.display(), self.cpu.display(), self.memory.display());
        let text = format!(
            "#!/bin/sh
set -e
mount --bind {root} {root}
mount --bind /dev {root}/dev
mount -t proc proc {root}/proc
mount -t tmpfs -o size=64m,mode=1777 tmpfs {root}/tmp
mount -o remount,bind,ro {root}
echo $$ > {cpu}/cgroup.procs
echo $$ > {memory}/cgroup.procs
exec unshare --root={root} --wd=/root --setgid=65532 --setuid=65532 /usr/local/bin/creativestore \"$@\"
"
        );
        executable(&inside, &text)?;
        let script = self.folder.path().join("contained");
        let text =
            format!("#!/bin/sh\nexec unshare --mount --propagation private {} \"$@\"\n", inside.display());
        executable(&script, &text)?;
        Ok(script)
    }

    /// Mebibytes that cannot be taken away without harm, as the kubelet reads it: all but what nobody used lately of
    /// files.
    pub fn working_set(&self) -> f64 {
        let inactive = self.stat("total_inactive_file");
        mebibytes(self.usage().saturating_sub(inactive))
    }

    /// Mebibytes of anonymous memory, of files, and of the kernel's own.
    pub fn parts(&self) -> [f64; 3] {
        let kernel = number(&self.memory.join("memory.kmem.usage_in_bytes"));
        [self.stat("total_rss"), self.stat("total_cache"), kernel].map(mebibytes)
    }

    /// How many processes were killed for want of memory.
    pub fn killed(&self) -> u64 {
        line(&self.memory.join("memory.oom_control"), "oom_kill")
    }

    /// In how many periods it wanted more than its quota, of how many.
    pub fn throttled(&self) -> (u64, u64) {
        let stat = self.cpu.join("cpu.stat");
        (line(&stat, "nr_throttled"), line(&stat, "nr_periods"))
    }

    fn usage(&self) -> u64 {
        number(&self.memory.join("memory.usage_in_bytes"))
    }

    fn stat(&self, name: &str) -> u64 {
        line(&self.memory.join("memory.stat"), name)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for path in [&self.cpu, &self.memory] {
            // Whoever was in it may take a moment to be gone.
            for _ in 0..100 {
                if fs::remove_dir(path).is_ok() {
                    break;
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    }
}

/// Who reads it next reads it from the disk.
fn out_of_the_page_cache(path: &Path) -> anyhow::Result<()> {
    let file = fs::File::open(path)?;
    file.sync_all()?;
    Ok(rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?)
}

fn executable(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o755))?)
}

fn number(path: &Path) -> u64 {
    fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok()).unwrap_or_default()
}

/// The number behind a name.
fn line(path: &Path, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok());
    found.unwrap_or_default()
}

fn mebibytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "less than 2^52")]
    let bytes = bytes as f64;
    bytes / MIB
}

//! The corpus command over small folders of its own: what is well passes, what is absent is skipped, what cannot be is
//! refused with its reason.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program;

fn corpus(folder: &Path) -> Output {
    let mut corpus = Command::new(env!("CARGO_BIN_EXE_xtask"));
    corpus.arg("corpus").arg(folder).arg("--program").arg(program()).output().expect("the command runs")
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")
}

#[test]
fn a_folder_that_is_absent_is_skipped_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = corpus(&folder.path().join("nowhere"));
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success());
    assert!(words.starts_with("skipped: there is no folder"), "{words}");
    assert!(words.ends_with("0 passed, 0 failed\n"), "{words}");
}

#[test]
fn pictures_are_understood_or_refused_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let pictures = folder.path().join("images/of any kind");
    std::fs::create_dir_all(&pictures).expect("a folder");
    for name in ["northwind-300x250.gif", "northwind-160x600.webp", "wrong-truncated-728x90.png"] {
        std::fs::copy(samples().join(name), pictures.join(name)).expect("a picture");
    }
    let output = corpus(folder.path());
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(words.contains("image/gif 300x250, 12 frames"), "{words}");
    assert!(words.contains("refused: truncated"), "{words}");
    assert!(words.contains("skipped: there are no xml files"), "{words}");
    assert!(words.ends_with("3 passed, 0 failed\n"), "{words}");
    assert!(output.status.success());
}

#[test]
fn a_hostile_file_that_is_taken_is_a_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let hostile = folder.path().join("svg");
    std::fs::create_dir_all(&hostile).expect("a folder");
    // A picture that the service rightly takes stands for a hostile one that it must not.
    std::fs::copy(samples().join("aurora-728x90.png"), hostile.join("taken.svg")).expect("a file");
    let output = corpus(folder.path());
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(words.contains("svg/taken.svg: it was taken"), "{words}");
    assert!(words.ends_with("0 passed, 1 failed\n"), "{words}");
    assert!(!output.status.success());
}

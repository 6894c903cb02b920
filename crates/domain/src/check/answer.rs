//! The answer to one question about content.

/// What is said of a rule that needs content that stays elsewhere.
pub(super) const NOT_INSPECTED: &str =
    "Content that stays elsewhere is not looked into: upload it, or check it where it is.";

/// What is said of a rule that needs content that could not be read.
pub(super) const NOT_READ: &str =
    "It could not be read: mend what the first checks say, then this can be told.";

/// Whether a rule is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Kept,
    /// It is not.
    Broken,
    /// Nothing was measured that would tell.
    Unknown,
}

/// The answer, with what a check says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) at: String,
    pub(super) found: String,
    pub(super) allowed: String,
}

impl Answer {
    /// Kept or broken.
    pub(super) fn of(
        kept: bool,
        at: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        let verdict = if kept { Verdict::Kept } else { Verdict::Broken };
        Self { verdict, at: at.into(), found: found.into(), allowed: allowed.into() }
    }

    /// Nothing was measured at this place.
    pub(super) fn unknown(at: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            at: at.into(),
            found: "not inspected".into(),
            allowed: allowed.into(),
        }
    }

    /// The worst of several answers to one question: broken before unknown before kept. `none` when there is no
    /// place to ask at.
    pub(super) fn worst(answers: impl IntoIterator<Item = Self>, none: impl FnOnce() -> Self) -> Self {
        let rank = |answer: &Self| match answer.verdict {
            Verdict::Kept => 0,
            Verdict::Unknown => 1,
            Verdict::Broken => 2,
        };
        // The first of the worst, so that a check points at the first place to mend.
        let worst =
            answers.into_iter().reduce(|worst, next| if rank(&next) > rank(&worst) { next } else { worst });
        worst.unwrap_or_else(none)
    }
}

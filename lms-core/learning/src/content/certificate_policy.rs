//! The certificate policy of a course.
use serde::{Deserialize, Serialize};

use lms_kernel::{Percent, Slug};

/// When finishing a course earns a certificate, and what it looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CertificatePolicy {
    /// Whether there is a certificate at all.
    pub enabled: bool,
    /// The template it is made from; the tenant's own when none is named.
    pub template: Option<Slug>,
    /// The least progress; the whole course when none is named.
    pub least_progress: Option<Percent>,
    /// The least final score, as a part of the marks; none is asked for when there is none.
    pub least_score: Option<Percent>,
    /// How many days the certificate is valid; for ever when there is no number.
    pub valid_days: Option<u32>,
}

impl CertificatePolicy {
    /// Whether a person who got that far has earned the certificate.
    pub fn is_earned(&self, progress: Percent, score: Option<Percent>) -> bool {
        self.enabled
            && progress >= self.least_progress.unwrap_or(Percent::HUNDRED)
            && self.least_score.is_none_or(|least| score.is_some_and(|it| it >= least))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_counts() {
        let percent = |text: &str| text.parse::<Percent>().unwrap();
        let policy = CertificatePolicy {
            enabled: true,
            least_progress: Some(percent("80")),
            least_score: Some(percent("60")),
            ..CertificatePolicy::default()
        };
        assert!(policy.is_earned(percent("80"), Some(percent("60"))));
        assert!(!policy.is_earned(percent("79.9999"), Some(percent("60"))));
        assert!(!policy.is_earned(percent("100"), Some(percent("59.9999"))));
        assert!(!policy.is_earned(percent("100"), None));
        assert!(!CertificatePolicy::default().is_earned(Percent::HUNDRED, None));
        let plain = CertificatePolicy { enabled: true, ..CertificatePolicy::default() };
        assert!(plain.is_earned(Percent::HUNDRED, None));
        assert!(!plain.is_earned(percent("99.9999"), None));
    }
}

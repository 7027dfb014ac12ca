//! That there is no comparison: a comment that says so, in the place of an earlier one that would be taken for this run's.

use super::{join, sentence};

/// The whole text.
pub fn render(reason: &str) -> String {
    join([
        "### perfgate: not measured".to_owned(),
        sentence(reason),
        "Nothing is known about the speed of this commit; what was said of an earlier one does not hold for it."
            .to_owned(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_shown_as_text() {
        let shown = render("the job was cancelled\n### @team ::error:: <!-- -->");
        assert!(shown.starts_with("### perfgate: not measured\n\nthe job was cancelled"), "{shown}");
        for harmful in ["@team", "\n### @", "::error::", "<!--", "-->"] {
            assert!(!shown.contains(harmful), "{harmful} in {shown}");
        }
    }
}

//! ONNX models, with a file of samples beside them.

use super::tree::split;
use super::{Finding, MOST_OF_A_KIND, Proposal, Subject, Tree, counted, listed};

/// A model with samples can be run as it is; one without cannot.
pub fn find(tree: &Tree) -> Vec<Finding> {
    let models: Vec<&str> = tree.paths().filter(|path| path.ends_with(".onnx")).collect();
    if models.is_empty() {
        return Vec::new();
    }
    let proposal = |model: &&str| {
        let dataset = dataset(tree, model)?;
        Some(Proposal {
            name: split(model).1.trim_end_matches(".onnx").to_owned(),
            subject: Subject::Model { model: (*model).to_owned(), dataset: dataset.to_owned() },
            remark: "perfgate's embedded engine runs the model. The file of samples was chosen because it lies beside it: see \
                     that it is the right one."
                .to_owned(),
        })
    };
    let proposals: Vec<Proposal> = models.iter().filter_map(proposal).take(MOST_OF_A_KIND).collect();
    let open = proposals.is_empty().then(|| {
        "a model needs a `dataset` of samples: a CSV file with a row of numbers for each, or NumPy's .npz".to_owned()
    });
    vec![Finding {
        what: format!("ONNX, {}: {}", counted(models.len(), "model"), listed(&models)),
        build: None,
        proposals,
        open,
    }]
}

/// The file of the same name, else the only one of its kind in the folder.
fn dataset<'a>(tree: &'a Tree, model: &str) -> Option<&'a str> {
    let stem = model.trim_end_matches(".onnx");
    let is_data = |path: &str| [".csv", ".npz"].iter().any(|ending| path.ends_with(ending));
    let beside: Vec<&str> = tree.paths().filter(|path| is_data(path) && split(path).0 == split(model).0).collect();
    let same = beside.iter().find(|path| path.rsplit_once('.').is_some_and(|(before, _)| before == stem));
    match (same, beside.as_slice()) {
        (Some(same), _) => Some(same),
        (None, [only]) => Some(only),
        _ => None,
    }
}

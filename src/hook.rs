//! What git sets in the environment of its hooks.

/// The variables' names. They name the repository whose hook runs perfgate. What perfgate starts belongs to the repository that it
/// is started for, which for a base is another one, so none of its programs is to see them.
pub const VARIABLES: [&str; 9] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

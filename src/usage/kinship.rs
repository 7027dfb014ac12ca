//! Which processes belong to those that perfgate started.

use std::collections::HashMap;

use super::proc::{Process, Stat};
use super::tree::Root;

/// What is known so far of who belongs together.
#[derive(Debug, Clone, Default)]
pub struct Kinship {
    /// Processes that perfgate started, by number.
    pub(super) roots: HashMap<u32, Root>,
    /// Others that were seen under them: their number and when they were started.
    pub(super) members: HashMap<(u32, u64), Root>,
}

/// A process and the one under which it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kin {
    /// The process that perfgate started: itself, an ancestor, or the leader of its group.
    pub root: Root,
    /// The process.
    pub process: Process,
}

impl Kinship {
    /// Whether perfgate started the process of this number.
    pub fn is_root(&self, pid: u32) -> bool {
        self.roots.contains_key(&pid)
    }

    /// Under which root each of these belongs, in their order: the root itself, its children and theirs, whoever was one of them
    /// before, and whoever is in the root's process group, as a child is whose parent has ended.
    pub fn of(&self, stats: &[Stat]) -> Vec<Option<Root>> {
        let direct = |stat: &Stat| {
            let known = || self.members.get(&(stat.pid, stat.started));
            self.roots.get(&stat.pid).or_else(known).or_else(|| self.roots.get(&stat.group)).copied()
        };
        let mut found: Vec<Option<Root>> = stats.iter().map(direct).collect();
        let mut kin: HashMap<u32, Root> =
            stats.iter().zip(&found).filter_map(|(stat, root)| Some((stat.pid, (*root)?))).collect();
        loop {
            let before = kin.len();
            for (stat, root) in stats.iter().zip(&mut found).filter(|(_, root)| root.is_none()) {
                *root = kin.get(&stat.parent).copied();
                kin.extend(root.map(|root| (stat.pid, root)));
            }
            if kin.len() == before {
                return found;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat(pid: u32, parent: u32, group: u32) -> Stat {
        let text = format!("{pid} (x) S {parent} {group} 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 {} 0 0", 1000 + pid);
        Stat::read(&text).unwrap()
    }

    fn kinship() -> Kinship {
        let [first, second] = Root::some();
        Kinship { roots: [(10, first), (20, second)].into(), members: [((7, 1007), second)].into() }
    }

    #[test]
    fn children_of_children_belong_in_whatever_order_they_are_seen() {
        let [first, second] = Root::some();
        let seen =
            [stat(13, 12, 12), stat(12, 10, 12), stat(20, 1, 20), stat(30, 1, 30), stat(31, 30, 30), stat(10, 1, 10)];
        assert_eq!(kinship().of(&seen), [Some(first), Some(first), Some(second), None, None, Some(first)]);
    }

    #[test]
    fn a_child_whose_parent_has_ended_belongs_by_its_group_or_because_it_did_before() {
        let [first, second] = Root::some();
        let mut reused = stat(7, 1, 7);
        reused.started = 99_999;
        assert_eq!(
            kinship().of(&[stat(15, 1, 10), stat(7, 1, 7), stat(8, 7, 7)]),
            [Some(first), Some(second), Some(second)]
        );
        assert_eq!(kinship().of(&[reused]), [None], "a number that was given to another process");
    }
}

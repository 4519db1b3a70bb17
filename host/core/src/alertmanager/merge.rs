//! YAML's merge key: `<<: *base` brings in what an anchored map holds. Files for Alertmanager use it; a key of the map's own
//! wins.

use crate::config::tree::{Key, Node, Value};

/// The tree with every merge key carried out. How much aliases may copy is bounded where they are read.
pub(super) fn merged(node: Node) -> Node {
    let value = match node.value {
        Value::List(items) => Value::List(items.into_iter().map(merged).collect()),
        Value::Map(entries) => Value::Map(merged_map(entries)),
        value => value,
    };
    Node { value, ..node }
}

fn merged_map(entries: Vec<(Key, Node)>) -> Vec<(Key, Node)> {
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| key.name == "<<");
    own = own.into_iter().map(|(key, node)| (key, merged(node))).collect();
    for (key, node) in merges {
        let maps = match merged(node) {
            Node { value: Value::List(items), .. } => items,
            node => vec![node],
        };
        for map in maps {
            match map.value {
                Value::Map(entries) => {
                    for (key, node) in entries {
                        if own.iter().all(|(known, _)| known.name != key.name) {
                            own.push((key, node));
                        }
                    }
                }
                // Not a map: left as it is, and so an unknown key.
                value => own.push((key.clone(), Node { value, ..map })),
            }
        }
    }
    own
}

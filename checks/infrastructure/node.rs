//! A small tree that can be written as HCL and as YAML.

/// Names with values, in order.
pub(super) type Entries = Vec<(String, Node)>;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// A text, quoted.
    Text(String),
    /// A number, a Boolean or an expression, as it stands.
    Number(String),
    /// A list of values.
    List(Vec<Node>),
    /// A nested block in HCL, a mapping in YAML.
    Block(Entries),
    /// Repeated blocks in HCL, a list of mappings in YAML.
    Blocks(Vec<Entries>),
    /// A map with free keys in both.
    Map(Entries),
}

/// HCL, indented.
pub(super) fn hcl(entries: &Entries, depth: usize) -> String {
    let pad = "  ".repeat(depth);
    let block = |name: &str, inner: &Entries| format!("{pad}{name} {{\n{}{pad}}}\n", hcl(inner, depth + 1));
    let one = |(name, node): &(String, Node)| match node {
        Node::Block(inner) => block(name, inner),
        Node::Blocks(all) => all.iter().map(|inner| block(name, inner)).collect(),
        Node::Text(_) | Node::Number(_) | Node::List(_) | Node::Map(_) => {
            hcl_value(node, depth).map_or_else(String::new, |text| format!("{pad}{name} = {text}\n"))
        }
    };
    entries.iter().map(one).collect()
}

fn hcl_value(node: &Node, depth: usize) -> Option<String> {
    match node {
        Node::Text(text) => Some(hcl_text(text)),
        Node::Number(text) => Some(text.clone()),
        Node::List(items) => Some(format!("[{}]", items.iter().filter_map(|item| hcl_value(item, depth)).collect::<Vec<_>>().join(", "))),
        Node::Map(entries) => {
            let pad = "  ".repeat(depth + 1);
            let line = |(key, value): &(String, Node)| Some(format!("{pad}{} = {}\n", hcl_text(key), hcl_value(value, depth + 1)?));
            Some(format!("{{\n{}{}}}", entries.iter().filter_map(line).collect::<String>(), "  ".repeat(depth)))
        }
        Node::Block(_) | Node::Blocks(_) => None,
    }
}

/// `${` and `%{` begin templates in HCL.
fn hcl_text(text: &str) -> String {
    quoted(text).replace("${", "$${").replace("%{", "%%{")
}

/// YAML, indented. Every text is quoted: `on`, `012` and `*` mean something else bare.
pub(super) fn yaml(entries: &Entries, depth: usize) -> String {
    entries.iter().map(|(name, node)| format!("{}{}:{}", "  ".repeat(depth), yaml_key(name), yaml_value(node, depth))).collect()
}

fn yaml_value(node: &Node, depth: usize) -> String {
    match node {
        Node::Text(text) => format!(" {}\n", quoted(text)),
        Node::Number(text) => format!(" {text}\n"),
        Node::List(items) if items.is_empty() => " []\n".to_owned(),
        Node::List(items) => format!(
            "\n{}",
            items.iter().map(|item| format!("{}-{}", "  ".repeat(depth + 1), yaml_value(item, depth + 1))).collect::<String>()
        ),
        Node::Block(entries) | Node::Map(entries) if entries.is_empty() => " {}\n".to_owned(),
        Node::Block(entries) | Node::Map(entries) => format!("\n{}", yaml(entries, depth + 1)),
        Node::Blocks(all) => {
            let item = |entries: &Entries| {
                let text = yaml(entries, depth + 2);
                let pad = "  ".repeat(depth + 2);
                format!("{}- {}", "  ".repeat(depth + 1), text.strip_prefix(&pad).unwrap_or(&text))
            };
            format!("\n{}", all.iter().map(item).collect::<String>())
        }
    }
}

fn yaml_key(name: &str) -> String {
    if name.chars().all(|c| c.is_ascii_alphanumeric()) { name.to_owned() } else { quoted(name) }
}

/// A JSON string is a string of both languages.
fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Puts an expression in the place of texts.
pub(super) fn replace(entries: &mut Entries, with: &impl Fn(&str) -> Option<String>) {
    entries.iter_mut().for_each(|(_, node)| replace_node(node, with));
}

fn replace_node(node: &mut Node, with: &impl Fn(&str) -> Option<String>) {
    match node {
        Node::Text(text) => {
            if let Some(expression) = with(text) {
                *node = Node::Number(expression);
            }
        }
        Node::Number(_) => {}
        Node::List(items) => items.iter_mut().for_each(|item| replace_node(item, with)),
        Node::Block(entries) | Node::Map(entries) => replace(entries, with),
        Node::Blocks(all) => all.iter_mut().for_each(|entries| replace(entries, with)),
    }
}

/// Blocks of one name that belong together (`health_check` from two changed fields) become one.
pub(super) fn merge_blocks(entries: &mut Entries) {
    let mut merged: Entries = Vec::new();
    for (name, node) in entries.drain(..) {
        let before = merged.iter_mut().find(|(other, _)| *other == name).map(|(_, node)| node);
        match (before, node) {
            (Some(Node::Block(all)), Node::Block(more)) => {
                all.extend(more);
                merge_blocks(all);
            }
            (Some(Node::Blocks(all)), Node::Blocks(more)) => all.extend(more),
            (_, node) => merged.push((name, node)),
        }
    }
    *entries = merged;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Text(text.to_owned())
    }

    fn entries(all: &[(&str, Node)]) -> Entries {
        all.iter().map(|(name, node)| ((*name).to_owned(), node.clone())).collect()
    }

    #[test]
    fn both_languages_write_the_same_tree() {
        let tree = entries(&[
            ("name", text("a\"b ${x}")),
            ("count", Node::Number("2".to_owned())),
            ("list", Node::List(vec![text("a"), text("b")])),
            ("inner", Node::Block(entries(&[("deep", text("on"))]))),
            ("many", Node::Blocks(vec![entries(&[("a", text("1")), ("b", text("2"))])])),
            ("map", Node::Map(entries(&[("overwrite:path", text("$request.path"))]))),
        ]);
        assert_eq!(
            hcl(&tree, 0),
            "name = \"a\\\"b $${x}\"\ncount = 2\nlist = [\"a\", \"b\"]\ninner {\n  deep = \"on\"\n}\nmany {\n  a = \"1\"\n  b = \"2\"\n}\nmap = {\n  \"overwrite:path\" = \"$request.path\"\n}\n"
        );
        assert_eq!(
            yaml(&tree, 0),
            "name: \"a\\\"b ${x}\"\ncount: 2\nlist:\n  - \"a\"\n  - \"b\"\ninner:\n  deep: \"on\"\nmany:\n  - a: \"1\"\n    b: \"2\"\nmap:\n  \"overwrite:path\": \"$request.path\"\n"
        );
    }

    #[test]
    fn blocks_of_one_name_become_one() {
        let mut tree = entries(&[("h", Node::Block(entries(&[("a", text("1"))]))), ("h", Node::Block(entries(&[("b", text("2"))])))]);
        merge_blocks(&mut tree);
        assert_eq!(tree, entries(&[("h", Node::Block(entries(&[("a", text("1")), ("b", text("2"))])))]));
    }
}

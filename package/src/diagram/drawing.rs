//! Draws a tree of stacks from left to right.

use super::Node;
use svg::node::element::{Group, Path, Rectangle, Style, Text, path::Data};
use svg::{Document, Node as _};

/// Width of a box, and of what is between two columns.
const WIDTH: usize = 330;
const GAP: usize = 40;
/// Height of a line of text, and of what is between two boxes.
const LINE: usize = 16;
const SPACE: usize = 12;
/// Around the picture, and around the text of a box.
const MARGIN: usize = 20;
const PADDING: usize = 10;
/// How many characters fit into a line of a box, at 11.5 pixels.
const CHARACTERS: usize = 54;

/// The picture.
pub(super) fn draw(root: &Node) -> String {
    let mut boxes = Group::new();
    let mut widest = 0;
    let height = place(root, 0, MARGIN + 30, &mut boxes, &mut widest).next + MARGIN;
    let width = 2 * MARGIN + (widest + 1) * WIDTH + widest * GAP;
    let style = Style::new(
        "text{font-family:-apple-system,Segoe UI,Helvetica,Arial,sans-serif;font-size:11.5px;fill:#44525f}\
         .b{font-size:13px;font-weight:600;fill:#1d2833}.o{stroke-dasharray:5 4}\
         rect{fill:#fff;stroke:#5b6b7b}path{fill:none;stroke:#5b6b7b}.p{fill:#f7f9fb;stroke:none}",
    );
    let told = "The stacks of an environment, each with what it makes. A dashed one is made by choice.";
    let ground = Rectangle::new().set("class", "p").set("width", width).set("height", height);
    let document = Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("role", "img")
        .set("aria-label", told)
        .add(style)
        .add(ground)
        .add(text(told, MARGIN, MARGIN + 8, "b"))
        .add(boxes);
    format!("{document}\n")
}

/// Where a box is, and where the next one below may begin.
struct Placed {
    middle: usize,
    next: usize,
}

fn place(node: &Node, depth: usize, top: usize, into: &mut Group, widest: &mut usize) -> Placed {
    *widest = depth.max(*widest);
    let lines: Vec<_> = node.lines.iter().flat_map(|line| wrapped(line)).collect();
    let height = 2 * PADDING + (1 + lines.len()) * LINE - 4;
    let left = MARGIN + depth * (WIDTH + GAP);
    let middle = top + PADDING + LINE / 2;
    let mut next = top;
    for nested in &node.nested {
        let child = place(nested, depth + 1, next, into, widest);
        // From the right side of this box, down, to the left side of the other.
        let turn = left + WIDTH + GAP / 2;
        let way = Data::new().move_to((left + WIDTH, middle)).horizontal_line_to(turn);
        let way = way.vertical_line_to(child.middle).horizontal_line_to(left + WIDTH + GAP);
        into.append(Path::new().set("d", way));
        next = child.next;
    }
    let class = if node.is_optional { "o" } else { "" };
    let frame = Rectangle::new().set("x", left).set("y", top).set("width", WIDTH).set("height", height);
    into.append(frame.set("rx", 6).set("class", class));
    into.append(text(&node.title, left + PADDING, top + PADDING + 11, "b"));
    for (at, line) in lines.iter().enumerate() {
        into.append(text(line, left + PADDING, top + PADDING + 11 + (at + 1) * LINE, ""));
    }
    Placed { middle, next: next.max(top + height + SPACE) }
}

fn text(text: &str, left: usize, base: usize, class: &str) -> Text {
    Text::new(text).set("x", left).set("y", base).set("class", class)
}

/// The lines of a text, broken between words.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one from the beginning");
        if last.is_empty() {
            last.push_str(word);
        } else if last.len() + 1 + word.len() <= CHARACTERS {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words() {
        assert_eq!(wrapped("one two"), ["one two"]);
        let long = "functions: studio-cleanup, storage-cleanup, environment-config, network-config";
        assert_eq!(
            wrapped(long),
            ["functions: studio-cleanup, storage-cleanup,", "environment-config, network-config"]
        );
    }

    #[test]
    fn no_box_covers_another() {
        let leaf = |title: &str| Node {
            title: title.to_owned(),
            lines: vec!["x".to_owned()],
            is_optional: false,
            nested: Vec::new(),
        };
        let root = Node { nested: vec![leaf("a"), leaf("b")], ..leaf("root") };
        let mut group = Group::new();
        let (mut widest, top) = (0, 50);
        let placed = place(&root, 0, top, &mut group, &mut widest);
        let one = 2 * PADDING + 2 * LINE - 4 + SPACE;
        assert_eq!((widest, placed.next), (1, top + 2 * one));
    }
}

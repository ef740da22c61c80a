//! keepalived's data file, taken apart.

/// Values with their labels, of each block.
#[derive(Debug, Default)]
pub struct Data {
    blocks: Vec<Block>,
}

#[derive(Debug, Default)]
struct Block {
    keyword: &'static str,
    name: String,
    lines: Vec<(String, String)>,
}

/// How blocks with a name begin.
const NAMED: [(&str, &str); 6] = [
    (" Track file = ", "track_file"),
    (" VRRP Track process = ", "vrrp_track_process"),
    (" Name = ", "interface"),
    (" VRRP Instance = ", "vrrp_instance"),
    (" VRRP Sync Group = ", "vrrp_sync_group"),
    (" VRRP Script = ", "vrrp_script"),
];

impl Data {
    /// Takes the text apart. Entries of a list have the label of the list.
    pub fn parse(text: &str, parent: &str) -> Self {
        let mut data = Self::default();
        data.begin("parent", "");
        if let Some(block) = data.blocks.last_mut() {
            let lines = parent
                .lines()
                .filter_map(|line| line.trim().split_once(" = "));
            block.lines = lines.map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        }
        let mut list: Option<(usize, String)> = None;
        for line in text.lines() {
            if line.starts_with("------<") {
                let sections = [
                    ("Global definitions", "global_defs"),
                    ("GARP delay group", "garp_group"),
                    ("Static Addresses", "static_ipaddress"),
                ];
                let found = sections.iter().find(|(head, _)| line.contains(head));
                data.begin(found.map_or("", |(_, keyword)| keyword), "");
                list = None;
                continue;
            }
            let named = NAMED.iter().find(|(start, _)| line.starts_with(start));
            if let Some((start, keyword)) = named {
                let name = line[start.len()..].split(',').next().unwrap_or_default();
                data.begin(keyword, name);
                list = None;
                continue;
            }
            let Some(block) = data.blocks.last_mut() else {
                continue;
            };
            let depth = line.len() - line.trim_start().len();
            let text = line.trim();
            if let Some((outside, label)) = &list
                && depth > *outside
            {
                let entry = (label.clone(), text.to_owned());
                let flag = (text.to_owned(), "yes".to_owned());
                block
                    .lines
                    .push(if label == "Flags" { flag } else { entry });
                continue;
            }
            list = None;
            if let Some(head) = text.strip_suffix(':') {
                let label = head.split(" (").next().unwrap_or(head).trim().to_owned();
                list = Some((depth, label));
            } else if let Some(rest) = text.strip_prefix("Use VMAC, i/f name ") {
                let (name, rest) = rest.split_once(", ").unwrap_or((rest, ""));
                block.lines.push(("Use VMAC".to_owned(), name.to_owned()));
                let base = rest.ends_with("xmit_base = true");
                let base = if base { "yes" } else { "" };
                block.lines.push(("xmit_base".to_owned(), base.to_owned()));
            } else if let Some(ids) = text.strip_prefix("Default script uid:gid ") {
                let line = ("Default script uid:gid".to_owned(), ids.to_owned());
                block.lines.push(line);
            } else if block.keyword == "static_ipaddress" {
                let value = text.strip_suffix(" set").unwrap_or(text);
                block.lines.push(("address".to_owned(), value.to_owned()));
            } else if let Some((label, value)) = text.split_once(" = ").or(text.split_once(" : ")) {
                block.lines.push((label.to_owned(), value.to_owned()));
            } else if let Some(value) = text.strip_prefix("Multicast address ") {
                block
                    .lines
                    .push(("Multicast address".to_owned(), value.to_owned()));
            } else {
                block.lines.push((text.to_owned(), "yes".to_owned()));
            }
        }
        data
    }

    fn begin(&mut self, keyword: &'static str, name: &str) {
        self.blocks.push(Block {
            keyword,
            name: name.to_owned(),
            lines: Vec::new(),
        });
    }

    /// The values of a label in a block, in order.
    pub fn values(&self, keyword: &str, name: &str, label: &str) -> Vec<&str> {
        let mut blocks = self.blocks.iter();
        let block = blocks.find(|block| block.keyword == keyword && block.name == name);
        let lines = block.into_iter().flat_map(|block| &block.lines);
        lines
            .filter(|(known, _)| known == label)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

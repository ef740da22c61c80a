//! `linkbeat_interfaces { IF [MII|ETHTOOL|IOCTL] }`

use crate::interpret::draft::Draft;
use crate::interpret::report::Report;
use crate::interpret::statement::Statement;
use crate::model::Way;

/// One line of the block.
pub(crate) fn entry(draft: &mut Draft, report: &mut Report, statement: &Statement<'_>) {
    let Some(name) = statement.words.first() else {
        return;
    };
    let way = match statement.value().map(|word| (word, word.text)) {
        None | Some((_, "MII")) => Way::Mii,
        Some((_, "ETHTOOL")) => Way::Ethtool,
        Some((_, "IOCTL")) => Way::Flags,
        Some((word, other)) => {
            let message = format!(
                "`{other}` is no way to ask an interface: expected MII, ETHTOOL or IOCTL; MII is tried first"
            );
            report.general("unknown-option", word.span, message);
            Way::Mii
        }
    };
    draft.linkbeat.interfaces.insert(name.text.to_owned(), way);
}

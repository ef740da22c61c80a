//! `vipd explain`: what there is to say about a keyword, a diagnostic code or a rule.

use vipd_config::diagnostic::codes;
use vipd_config::diagnostic::rules::{RULES, Rule};
use vipd_config::reference;

use crate::output::Answer;

/// Explain a keyword of the configuration, or a code or rule of `vipd check`
///
/// Examples: `vipd explain priority`, `vipd explain vrrp_script.weight`,
/// `vipd explain unknown-keyword`, `vipd explain L05`. Exit status: 0 explained, 1 there is no such
/// word.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A keyword, with its block if it stands in several, a diagnostic code, or a rule
    #[arg(value_name = "KEYWORD|CODE|RULE")]
    word: String,
}

/// Explains the word, or names the nearest one.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    let word = arguments.word.as_str();
    let mut rules = RULES.iter();
    if let Some(rule) = rules.find(|rule| rule.id.eq_ignore_ascii_case(word)) {
        return Answer::out(about_rule(rule));
    }
    let code = about_code(word);
    match (reference::explain(word), code) {
        (Ok(keyword), Some(code)) => Answer::out(format!("{keyword}\n{code}")),
        (Ok(keyword), None) => Answer::out(keyword),
        (Err(_), Some(code)) => Answer::out(code),
        (Err(nothing), None) => Answer::err(format!("vipd explain: {nothing}\n"), 1),
    }
}

/// What a message of a code means.
fn about_code(name: &str) -> Option<String> {
    let code = codes::find(name)?;
    let about = wrapped(code.explanation);
    Some(format!("{name}: a message of vipd check\n\n{about}"))
}

/// What a rule says, and the messages that name the mistake.
fn about_rule(rule: &Rule) -> String {
    let mistake = wrapped(rule.mistake);
    let codes = rule.codes.iter().filter_map(|code| about_code(code));
    let codes: Vec<String> = codes.collect();
    let codes = codes.join("\n");
    format!("{}: a rule of vipd check\n\n{mistake}\n{codes}", rule.id)
}

/// Text in lines of at most 80 columns, indented by two.
fn wrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let full = lines
            .last()
            .is_some_and(|line| line.len() + 1 + word.len() > WIDTH);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "  " } else { " " });
            line.push_str(word);
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(word: &str) -> Answer {
        answer(&Arguments {
            word: word.to_owned(),
        })
    }

    #[test]
    fn keywords_with_and_without_their_block() {
        assert!(ask("advert_int").out.contains("advert_int"));
        assert_eq!(ask("vrrp_instance.advert_int").status, 0);
    }

    #[test]
    fn a_typing_error_gets_the_nearest_word() {
        let answer = ask("prioritty");
        assert_eq!(answer.status, 1);
        assert!(answer.err.contains("priority"), "{}", answer.err);
    }

    #[test]
    fn a_rule_is_explained_by_the_messages_that_name_it() {
        for rule in RULES {
            let answer = ask(&rule.id.to_lowercase());
            assert_eq!(answer.status, 0, "{}", rule.id);
            assert!(answer.out.contains(rule.codes[0]), "{}", answer.out);
        }
    }

    #[test]
    fn every_code_of_a_message_can_be_explained() {
        for code in codes::codes() {
            let answer = ask(code.name);
            assert_eq!(answer.status, 0, "{}", code.name);
            assert!(answer.out.lines().all(|line| line.len() <= 82));
        }
    }
}

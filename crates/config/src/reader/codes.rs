//! What there is to say about each diagnostic of reading.

use crate::diagnostic::codes::Code;

const fn code(name: &'static str, explanation: &'static str) -> Code {
    Code { name, explanation }
}

/// Codes of the diagnostics that reading makes, in alphabetical order.
pub static CODES: &[Code] = &[
    code(
        "bad-random",
        "`${_RANDOM MIN MAX}` gives a whole number from MIN to MAX, `${_RANDOM}` one from 0 to \
         32767. When MIN is greater than MAX, MIN is given. `random_seed N` in `global_defs` makes \
         the numbers the same at every start.",
    ),
    code(
        "byte-order-mark",
        "Some editors begin a file with the three bytes EF BB BF. To keepalived they are part of \
         the first word, which is then an unknown keyword; when that word is `global_defs`, the \
         whole block is lost. Save the file as UTF-8 without byte order mark.",
    ),
    code(
        "comment-from-definition",
        "After references such as `$NAME` are replaced, comments are removed once more. A value \
         with `#` or `!` in it, or `${_HASH}` and `${_BANG}`, therefore cuts the line off unless it \
         stands in double quotes.",
    ),
    code(
        "endless-definition",
        "Two definitions refer to each other, or a generator or a multi-line definition to itself. \
         keepalived hangs or crashes on some of these. Here the line is followed so far and no \
         further.",
    ),
    code(
        "environment-variable-missing",
        "`${_ENV NAME}` stands for an environment variable of the daemon. When it is not set, \
         nothing is put in its place. A service started by systemd has only the variables that its \
         unit file or `EnvironmentFile` gives it.",
    ),
    code(
        "escaped-comment",
        "`\\#` and `\\!` are meant to keep a sign from beginning a comment, but keepalived's \
         children remove comments a second time, from text where the backslash is gone already. \
         Only in `global_defs` does it work. Everywhere else use double quotes.",
    ),
    code(
        "expansion-too-long",
        "A line may have 1024 bytes after references are replaced. A reference that would make it \
         longer stays as text. A definition that refers to itself ends like this too. Long lists \
         can be defined over several lines, each ending with a backslash.",
    ),
    code(
        "include-loop",
        "A file includes itself, directly or through others, or includes nest too deep. keepalived \
         reads such files again and again until no file descriptor is left, so that their content \
         counts hundreds of times. Here the file is read once.",
    ),
    code(
        "include-missing",
        "An include names a file that does not exist. Plain `include` goes on without it. \
         `includem`, `includew`, `includeb` and `includea` insist that a plain name, a wildcard or \
         each part of `{a,b}` matches something; `include_check` in `global_defs` and the option \
         `-e` make every include insist. Then the daemon does not start, with exit status 6. \
         Everything after the word is one name: quotes, braces and blanks belong to it. It is \
         relative to the directory of the file that includes.",
    ),
    code(
        "include-not-a-file",
        "Configuration is read only from regular files of which nobody may execute any: a script \
         that lies in the directory is not taken for configuration. Other files are left out; \
         with `includer` and the stricter forms the daemon does not start, with exit status 6.",
    ),
    code(
        "include-unreadable",
        "A file to be included exists but cannot be read, mostly for lack of permission. It is left \
         out; with `includer` and the stricter forms the daemon does not start, with exit status 6.",
    ),
    code(
        "invalid-generator",
        "`~SEQ(VAR, START, STEP, END) text` repeats the text with VAR counting; STEP is 1 or -1 and \
         START 1 or -1 when left away; numbers may be written 0x10 or 010 as in C. `~SEQx` gives \
         hexadecimal digits. `~LST(VAR, a, b) text` takes the values in turn, \
         `~LST({V,W}, {a,b}, {c,d}) text` sets several variables at once. What cannot be understood \
         is left out with its text.",
    ),
    code(
        "line-too-long",
        "No line of a file may have more than 1023 bytes. Of a longer one each full 1023 bytes are \
         dropped and what remains is taken as a line of its own, even when it was the end of a \
         comment. Note that many letters take two or three bytes each.",
    ),
    code(
        "look-alike",
        "A no-break space, typographic quotes, fullwidth signs and the like mean nothing to the \
         parser: they become part of a word, which is then unknown or wrong. They mostly come from \
         web pages and word processors.",
    ),
    code(
        "multi-line-reference",
        "A definition of several lines is replaced only where the reference ends its line: the \
         first line of the value joins the text before it, the others follow as lines. Anywhere \
         else the reference stays as text.",
    ),
    code(
        "no-configuration",
        "The argument of `-f` is a pattern; no file that it matches could be read. The daemon does \
         not start, with exit status 6. A test of the configuration (`-t`) calls this no error, as \
         keepalived does.",
    ),
    code(
        "nul-byte",
        "A line with a NUL byte is left out. Such a file is damaged, or saved as UTF-16.",
    ),
    code(
        "several-configurations",
        "The argument of `-f` is a pattern that names several files. All are read, one after the \
         other, as if they were one.",
    ),
    code(
        "too-many-messages",
        "Reading made so many messages that the rest is not shown. Mostly one wrong line is \
         repeated by a generator.",
    ),
    code(
        "too-much",
        "Generators, definitions or includes make the configuration larger than any real one. \
         keepalived would go on until memory is used up. Reading stops there, and the daemon does \
         not start with a part of its configuration.",
    ),
    code(
        "unbraced-reference",
        "`$NAME` is replaced only before a blank, a comma, a closing parenthesis or the end of the \
         line; `${NAME}` is replaced anywhere, inside words and quotes too.",
    ),
    code(
        "undefined-reference",
        "A name that was not defined above stays as text, `$` included. With braces this is worse: \
         `{` and `}` of `${NAME}` then open and close blocks. Definitions are `$NAME=VALUE` at the \
         start of a line. Shell variables are unknown here, also in script commands, which are run \
         without a shell.",
    ),
    code(
        "unterminated-quote",
        "A double quote is not closed on its line. The rest of the line, with what looks like a \
         comment or a brace, becomes one word. Some versions of keepalived crash on this when it \
         stands in a script line.",
    ),
];

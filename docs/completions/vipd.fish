# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_vipd_global_optspecs
    string join \n h/help V/version
end

function __fish_vipd_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_vipd_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_vipd_using_subcommand
    set -l cmd (__fish_vipd_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c vipd -n "__fish_vipd_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_needs_command" -s V -l version -d 'Print version'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "run" -d 'Run the daemon in the foreground'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "check" -d 'Check configuration files'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "simulate" -d 'Play failures on the files of a cluster, in simulated time'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "explain" -d 'Explain a keyword of the configuration, or a code of `vipd check`'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "fmt" -d 'Print configuration files in their canonical form'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "keywords" -d 'List every keyword of the configuration'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "demo" -d 'Play every failover on this machine'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "lab" -d 'Look around in the hosts that `vipd demo --keep` left running'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "lab-init" -d 'First process of a host of the lab'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "lab-web" -d 'Web service of a host of the lab'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "docs" -d 'Write the generated documents into a folder'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vipd -n "__fish_vipd_using_subcommand run" -s f -l file -d 'Configuration file, or a pattern that matches several' -r
complete -c vipd -n "__fish_vipd_using_subcommand run" -l log -d 'Where log lines go; without this, to the terminal if standard error is one, else to syslog' -r -f -a "console\t'Standard error'
syslog\t'syslog (and so the journal)'
none\t'Nowhere'"
complete -c vipd -n "__fish_vipd_using_subcommand run" -s i -l config-id -d 'Which lines that begin with @ID hold here; without this, the host name up to its first dot' -r
complete -c vipd -n "__fish_vipd_using_subcommand run" -s s -l namespace -d 'Network namespace to run in; beats the configuration' -r
complete -c vipd -n "__fish_vipd_using_subcommand run" -s p -l pid-file -d 'PID file of the supervisor; without this, `/run/vipd.pid`' -r -F
complete -c vipd -n "__fish_vipd_using_subcommand run" -l vrrp-pid-file -d 'PID file of the VRRP process; without this, `/run/vipd_vrrp.pid`' -r -F
complete -c vipd -n "__fish_vipd_using_subcommand run" -l checker-pid-file -d 'PID file of the checker process; without this, `/run/vipd_checkers.pid`' -r -F
complete -c vipd -n "__fish_vipd_using_subcommand run" -s D -l detail -d 'Log more; given twice, log everything'
complete -c vipd -n "__fish_vipd_using_subcommand run" -s d -l dump-config -d 'Log the configuration at start'
complete -c vipd -n "__fish_vipd_using_subcommand run" -l all-config -d 'Every include must match a file'
complete -c vipd -n "__fish_vipd_using_subcommand run" -s a -l monitor-addresses -d 'Log every address that is added to or removed from an interface'
complete -c vipd -n "__fish_vipd_using_subcommand run" -l keep-addresses -d 'At stop, leave the VIPs where they are'
complete -c vipd -n "__fish_vipd_using_subcommand run" -l keep-table -d 'At stop, leave the table of IPVS as it is'
complete -c vipd -n "__fish_vipd_using_subcommand run" -l no-respawn -d 'Do not start a child again that died: end'
complete -c vipd -n "__fish_vipd_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand check" -l format -d 'How the report is written' -r -f -a "text\t'For people'
json\t'For programs: one JSON object for each file, in an array'
sarif\t'SARIF 2.1.0, for code scanners'
github\t'Annotations of GitHub workflows'"
complete -c vipd -n "__fish_vipd_using_subcommand check" -l fix -d 'Show the edits that mend what can be mended, as a difference that `patch` reads' -r -f -a "certain\t'Those that can mean nothing else, or change nothing but the message'
likely\t'Also the nearest known word for one that is unknown'"
complete -c vipd -n "__fish_vipd_using_subcommand check" -s i -l config-id -d 'Which lines that begin with @ID hold; without this, the host name up to its first dot' -r
complete -c vipd -n "__fish_vipd_using_subcommand check" -l was -d 'With several nodes: the files that they run by now, in the same order; says in which order to reload them' -r
complete -c vipd -n "__fish_vipd_using_subcommand check" -l strict -d 'Exit status 1 when there are warnings or hints'
complete -c vipd -n "__fish_vipd_using_subcommand check" -l write -d 'With --fix: write the edits into the files'
complete -c vipd -n "__fish_vipd_using_subcommand check" -l dump -d 'Show no mistakes but every value as it holds, defaults too, and the line that it comes from'
complete -c vipd -n "__fish_vipd_using_subcommand check" -l host -d 'Check against this machine too: do the interfaces, users and programs exist?'
complete -c vipd -n "__fish_vipd_using_subcommand check" -l all-config -d 'Every include must match a file'
complete -c vipd -n "__fish_vipd_using_subcommand check" -l explain -d 'With several nodes: show how each priority comes about'
complete -c vipd -n "__fish_vipd_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand simulate" -s e -l story -d 'The story' -r
complete -c vipd -n "__fish_vipd_using_subcommand simulate" -l script -d 'A file with the story' -r
complete -c vipd -n "__fish_vipd_using_subcommand simulate" -l svg -d 'Also draw it: a lane for each node and instance, as SVG' -r
complete -c vipd -n "__fish_vipd_using_subcommand simulate" -l adverts -d 'Show each advert too'
complete -c vipd -n "__fish_vipd_using_subcommand simulate" -l json -d 'For programs: one JSON object'
complete -c vipd -n "__fish_vipd_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand fmt" -l check -d 'Only name the files that are in another form'
complete -c vipd -n "__fish_vipd_using_subcommand fmt" -l write -d 'Write the files instead of printing them'
complete -c vipd -n "__fish_vipd_using_subcommand fmt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand keywords" -l json -d 'As JSON, with everything that is known of each'
complete -c vipd -n "__fish_vipd_using_subcommand keywords" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand demo" -l config -d 'Play it on these two configuration files instead of the built-in pair' -r -F
complete -c vipd -n "__fish_vipd_using_subcommand demo" -l keep -d 'Leave the hosts running afterwards'
complete -c vipd -n "__fish_vipd_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and not __fish_seen_subcommand_from list exec stop help" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and not __fish_seen_subcommand_from list exec stop help" -f -a "list" -d 'Show the hosts that are running'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and not __fish_seen_subcommand_from list exec stop help" -f -a "exec" -d 'Run a command in a host; its exit status is that of the command'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and not __fish_seen_subcommand_from list exec stop help" -f -a "stop" -d 'Stop all hosts and remove what they left'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and not __fish_seen_subcommand_from list exec stop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show the hosts that are running'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from help" -f -a "exec" -d 'Run a command in a host; its exit status is that of the command'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop all hosts and remove what they left'
complete -c vipd -n "__fish_vipd_using_subcommand lab; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vipd -n "__fish_vipd_using_subcommand lab-init" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand lab-web" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand docs" -l check -d 'Write nothing; fail when what is there is not current'
complete -c vipd -n "__fish_vipd_using_subcommand docs" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "run" -d 'Run the daemon in the foreground'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "check" -d 'Check configuration files'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "simulate" -d 'Play failures on the files of a cluster, in simulated time'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "explain" -d 'Explain a keyword of the configuration, or a code of `vipd check`'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "fmt" -d 'Print configuration files in their canonical form'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "keywords" -d 'List every keyword of the configuration'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "completion" -d 'Print a completion script for a shell'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "demo" -d 'Play every failover on this machine'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "lab" -d 'Look around in the hosts that `vipd demo --keep` left running'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "lab-init" -d 'First process of a host of the lab'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "lab-web" -d 'Web service of a host of the lab'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "docs" -d 'Write the generated documents into a folder'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate explain fmt keywords completion demo lab lab-init lab-web docs help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vipd -n "__fish_vipd_using_subcommand help; and __fish_seen_subcommand_from lab" -f -a "list" -d 'Show the hosts that are running'
complete -c vipd -n "__fish_vipd_using_subcommand help; and __fish_seen_subcommand_from lab" -f -a "exec" -d 'Run a command in a host; its exit status is that of the command'
complete -c vipd -n "__fish_vipd_using_subcommand help; and __fish_seen_subcommand_from lab" -f -a "stop" -d 'Stop all hosts and remove what they left'

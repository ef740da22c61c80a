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

complete -c vipd -n "__fish_vipd_needs_command" -s h -l help -d 'Print help'
complete -c vipd -n "__fish_vipd_needs_command" -s V -l version -d 'Print version'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "run" -d 'Run the daemon in the foreground'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "check" -d 'Check configuration files'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "simulate" -d 'Play failures on the files of a cluster, in simulated time'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "fmt" -d 'Print configuration files in their canonical form'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "keywords" -d 'List every keyword of the configuration'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "completion" -d 'Print a completion script for a shell'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "demo" -d 'Play every failover on this machine'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "lab" -d 'Look around in the hosts that `vipd demo --keep` left running'
complete -c vipd -n "__fish_vipd_needs_command" -f -a "explain" -d 'Explain a keyword of the configuration, or a code or rule of `vipd check`'
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
complete -c vipd -n "__fish_vipd_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "run" -d 'Run the daemon in the foreground'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "check" -d 'Check configuration files'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "simulate" -d 'Play failures on the files of a cluster, in simulated time'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "fmt" -d 'Print configuration files in their canonical form'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "keywords" -d 'List every keyword of the configuration'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "completion" -d 'Print a completion script for a shell'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "demo" -d 'Play every failover on this machine'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "lab" -d 'Look around in the hosts that `vipd demo --keep` left running'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "explain" -d 'Explain a keyword of the configuration, or a code or rule of `vipd check`'
complete -c vipd -n "__fish_vipd_using_subcommand help; and not __fish_seen_subcommand_from run check simulate fmt keywords completion demo lab explain help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c vipd -n "__fish_vipd_using_subcommand help; and __fish_seen_subcommand_from lab" -f -a "list" -d 'Show the hosts that are running'
complete -c vipd -n "__fish_vipd_using_subcommand help; and __fish_seen_subcommand_from lab" -f -a "exec" -d 'Run a command in a host; its exit status is that of the command'
complete -c vipd -n "__fish_vipd_using_subcommand help; and __fish_seen_subcommand_from lab" -f -a "stop" -d 'Stop all hosts and remove what they left'
complete -c vipd -n "__fish_vipd_using_subcommand explain" -f -a "BFD_CHECK DNS_CHECK FILE_CHECK HTTP_GET MISC_CHECK PING_CHECK SMTP_CHECK SSL SSL_GET TCP_CHECK UDP_CHECK accept active_key advert-int-rounded advert_int ah-with-unicast alpha always-succeeds anti_replay auth_hmac auth_pass auth_type authentication authentication-not-supported authentication-without-password bad-group-entry bad-random bad-server bad-tunnel bfd_cpu_affinity bfd_instance bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rtime bfd_rlimit_rttime bfd_rt_priority bind_if bind_port bindto byte-order-mark ca certificate check-repairs check_unicast_src checker checker_cpu_affinity checker_log_all_failures checker_no_swap checker_priority checker_process_name checker_rlimit_rtime checker_rlimit_rttime checker_rt_priority checks-another-node checks-itself checks-the-address child_wait_time cloud-without-lower-priority command-not-quoted comment-from-definition common-virtual-router-id config_save_dir connect_ip connect_port connect_timeout data_use_instance dbus_no_interface_name dbus_service_name debug default_interface delay delay-too-long delay_before_retry delay_loop deprecated-keyword digest direct-routing disable_local_igmp dont_track_primary down_timer_adverts dynamic_interfaces empty-block empty-group enable_dbus enable_script_security enable_sni enable_snmp_checker enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_vrrp enable_traps endless-definition environment-variable-missing escaped-comment expansion-too-long extra-close-brace extra-words fall fall_delay family-mismatch fast_recovery fifo-script-without-fifo fifo_write_vrrp_states_on_reload file firewall-drops-adverts flag-1 flag-2 flag-3 flag-without-scheduler flip-proof fork_delay full_command fwmark garp_extra_if garp_group garp_interval garp_lower_prio_delay garp_lower_prio_repeat garp_master_delay garp_master_refresh garp_master_refresh_repeat garp_master_repeat global_defs global_tracking gna_interval group group-of-one ha-suspend-with-fwmark ha_suspend hashed helo_name higher_prio_send_advert hmac-key-double hmac-key-insecure hmac-key-invalid hmac-replaces-password hmac-without-key hoplimit host http_protocol hysteresis hysteresis-too-high idle_tx include include-loop include-missing include-not-a-file include-unreadable include_check includea includeb includem includer includew incomplete-block incomplete-route inhibit_on_failure init_fail init_file instance interface interface_up_down_delays interfaces interval invalid-address invalid-bool invalid-generator invalid-mode invalid-number invalid-port invalid-route-value invalid-virtual-interface ip_family iproute_etc_dir iproute_usr_dir ipvlan-without-address json_dump_file json_version kernel_rx_buf_size key killall-check label-too-long lb_algo lb_kind line-too-long linkbeat_interfaces linkbeat_use_polling log_all_failures log_unknown_vrids look-alike lower_prio_no_advert lthreshold lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_method lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo lvs_notify_fifo_script lvs_process_name lvs_sched lvs_sync_daemon lvs_sync_daemon_interface lvs_timeouts master-with-ah max_auto_priority max_hops max_reply_length mcast_dst_ip mcast_src_ip member-of-two-groups mh-fallback mh-port min_auto_priority_delay min_reply_length min_rx min_tx misc_dynamic misc_path misc_timeout missing-close-brace missing-open-brace missing-parameter mixed-group mode multi-line-reference multihop multiplier name name-too-long namespace_with_ipsets nat-without-gateway native-ipv6-with-ipv4 native_ipv6 nb_get_retry needless-prefix needs-nopreempt neighbor_ip neighbour_ip net_namespace net_namespace_ipvs network-overlap network-twice nftables nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark nftables_priority no-address no-blank-after-keyword no-broadcast no-configuration no-interface no-iptables no-prefix-length no-shell no-unicast-source no-virtual-router-id no_accept no_checker_emails no_email_faults no_virtual_ipaddress nopreempt nopreempt-as-master not-in-effect not-multicast not-strict not-with-ipv6 notification_email notification_email_from notify notify-stops-checked notify_backup notify_deleted notify_down notify_fault notify_fifo notify_fifo_script notify_master notify_master_rx_lower_pri notify_priority_changes notify_retry notify_stop notify_up nul-byte old_unicast_checksum omega ops ops-without-udp other-family own-interface-tracked owner-by-default owner-ignores-adverts owner_ignore_adverts pair-addresses pair-advert-int pair-advertised-addresses pair-alone pair-authentication pair-check-missing pair-check-weight pair-disjoint-addresses pair-equal-priorities pair-hmac pair-hmac-keys pair-multicast-group pair-nopreempt pair-other-network pair-prefix pair-router-id pair-same-source pair-sync-daemon pair-sync-group pair-time-window pair-two-masters pair-two-owners pair-unicast-and-multicast pair-unicast-peer pair-version pair-virtual-router-id param_match passive password password-too-long path payload peer-is-self persistence_engine persistence_granularity persistence_timeout port port-needs-persistence port-without-nat preempt preempt-delay-as-master preempt-delay-with-nopreempt preempt_delay prefix-with-peer priority process process_monitor_rcv_bufs process_monitor_rcv_bufs_force process_name process_names promote_secondaries promotes-data protocol protocol-with-fwmark quorum quorum-max-below-quorum quorum-too-high quorum_down quorum_max quorum_up random_seed real_server regex regex_max_offset regex_min_offset regex_no_match regex_options regex_stack reload-order reload_check_config reload_file reload_repeat reload_time_file repeated-address repeated-interface-name repeated-keyword repeated-name repeated-option repeated-server repeated-virtual-router-id reply-length require_reply retry rise rise_delay route-conflict route-not-in-effect route-protocol route-time-too-short route-without-interface router_id rs_init_notifies rule-without-preference same-check same-fifo sample-value script script-disabled script-security-off script-without-command script-without-user script_user set_supplementary_groups several-configurations sh-fallback sh-port shutdown_script shutdown_script_timeout skip-check-false skip_check_adv_addr slow-failover small-weight smtp_alert smtp_alert_checker smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server sni_name snmp_name snmp_rs_stats_update_interval snmp_socket snmp_vs_stats_update_interval sorry-server-is-real sorry_server sorry_server_inhibit sorry_server_lvs_method source_ip startup_script startup_script_timeout state state_dump_file static_ipaddress static_routes static_rules stats_dump_file status_code stops-the-daemon strict-drops strict-needs-address strict-unicast strict_mode sync_group_tracking_weight terminate_delay thread_timer_expired time_window timeout timeout-over-interval timer_expired_backup tls_compliant tmp_config_directory too-many-addresses too-many-decimals too-many-messages too-much track_bfd track_file track_group track_interface track_port track_process track_script track_src_ip tracked-by-both tracked-twice ttl type umask unbraced-reference undefined-reference unexpected-brace unicast-on-base unicast-without-peers unicast_fault_no_peer unicast_peer unicast_src_ip unicast_ttl unknown-auth-type unknown-block unknown-choice unknown-group unknown-host unknown-instance unknown-interface unknown-keyword unknown-member unknown-option unknown-pattern-option unknown-scope unknown-script unknown-state unknown-track-group unknown-tracked unknown-user unsplittable-command unterminated-quote unused-script unused-tracked url use_ipvlan use_pid_dir use_symlink_paths use_vmac use_vmac_addr user uthreshold v3_checksum_as_v2 value-out-of-range version vip_restore virtual_ipaddress virtual_ipaddress_excluded virtual_router_id virtual_routes virtual_rules virtual_server virtual_server_group virtualhost vmac_addr_prefix vmac_garp_intvl vmac_prefix vmac_xmit_base vrf vrrp vrrp_check_unicast_src vrrp_cpu_affinity vrrp_delay_after_boot vrrp_down_timer_adverts vrrp_garp_extra_if vrrp_garp_interval vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_master_delay vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat vrrp_gna_interval vrrp_higher_prio_send_advert vrrp_instance vrrp_ipsets vrrp_iptables vrrp_lower_prio_no_advert vrrp_mcast_group4 vrrp_mcast_group6 vrrp_min_garp vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes vrrp_owner_ignore_adverts vrrp_priority vrrp_process_name vrrp_rlimit_rtime vrrp_rlimit_rttime vrrp_rt_priority vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_script vrrp_skip_check_adv_addr vrrp_startup_delay vrrp_strict vrrp_sync_group vrrp_track_file vrrp_track_port vrrp_track_process vrrp_version vrrp_vmac_garp_intvl warmup weight weight-above-254 weight-below-one weight-in-group weight-of-owner weight-with-nopreempt"

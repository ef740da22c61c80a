_vipd() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="vipd"
                ;;
            vipd,check)
                cmd="vipd__subcmd__check"
                ;;
            vipd,completion)
                cmd="vipd__subcmd__completion"
                ;;
            vipd,demo)
                cmd="vipd__subcmd__demo"
                ;;
            vipd,explain)
                cmd="vipd__subcmd__explain"
                ;;
            vipd,fmt)
                cmd="vipd__subcmd__fmt"
                ;;
            vipd,help)
                cmd="vipd__subcmd__help"
                ;;
            vipd,keywords)
                cmd="vipd__subcmd__keywords"
                ;;
            vipd,lab)
                cmd="vipd__subcmd__lab"
                ;;
            vipd,run)
                cmd="vipd__subcmd__run"
                ;;
            vipd,simulate)
                cmd="vipd__subcmd__simulate"
                ;;
            vipd__subcmd__help,check)
                cmd="vipd__subcmd__help__subcmd__check"
                ;;
            vipd__subcmd__help,completion)
                cmd="vipd__subcmd__help__subcmd__completion"
                ;;
            vipd__subcmd__help,demo)
                cmd="vipd__subcmd__help__subcmd__demo"
                ;;
            vipd__subcmd__help,explain)
                cmd="vipd__subcmd__help__subcmd__explain"
                ;;
            vipd__subcmd__help,fmt)
                cmd="vipd__subcmd__help__subcmd__fmt"
                ;;
            vipd__subcmd__help,help)
                cmd="vipd__subcmd__help__subcmd__help"
                ;;
            vipd__subcmd__help,keywords)
                cmd="vipd__subcmd__help__subcmd__keywords"
                ;;
            vipd__subcmd__help,lab)
                cmd="vipd__subcmd__help__subcmd__lab"
                ;;
            vipd__subcmd__help,run)
                cmd="vipd__subcmd__help__subcmd__run"
                ;;
            vipd__subcmd__help,simulate)
                cmd="vipd__subcmd__help__subcmd__simulate"
                ;;
            vipd__subcmd__help__subcmd__lab,exec)
                cmd="vipd__subcmd__help__subcmd__lab__subcmd__exec"
                ;;
            vipd__subcmd__help__subcmd__lab,list)
                cmd="vipd__subcmd__help__subcmd__lab__subcmd__list"
                ;;
            vipd__subcmd__help__subcmd__lab,stop)
                cmd="vipd__subcmd__help__subcmd__lab__subcmd__stop"
                ;;
            vipd__subcmd__lab,exec)
                cmd="vipd__subcmd__lab__subcmd__exec"
                ;;
            vipd__subcmd__lab,help)
                cmd="vipd__subcmd__lab__subcmd__help"
                ;;
            vipd__subcmd__lab,list)
                cmd="vipd__subcmd__lab__subcmd__list"
                ;;
            vipd__subcmd__lab,stop)
                cmd="vipd__subcmd__lab__subcmd__stop"
                ;;
            vipd__subcmd__lab__subcmd__help,exec)
                cmd="vipd__subcmd__lab__subcmd__help__subcmd__exec"
                ;;
            vipd__subcmd__lab__subcmd__help,help)
                cmd="vipd__subcmd__lab__subcmd__help__subcmd__help"
                ;;
            vipd__subcmd__lab__subcmd__help,list)
                cmd="vipd__subcmd__lab__subcmd__help__subcmd__list"
                ;;
            vipd__subcmd__lab__subcmd__help,stop)
                cmd="vipd__subcmd__lab__subcmd__help__subcmd__stop"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        vipd)
            opts="-h -V --help --version run check simulate fmt keywords completion demo lab explain help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__check)
            opts="-i -h --format --strict --fix --write --dump --host --config-id --all-config --explain --was --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --format)
                    COMPREPLY=($(compgen -W "text json sarif github" -- "${cur}"))
                    return 0
                    ;;
                --fix)
                    COMPREPLY=($(compgen -W "certain likely" -- "${cur}"))
                    return 0
                    ;;
                --config-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -i)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --was)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__completion)
            opts="-h --help bash fish zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__demo)
            opts="-h --keep --config --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --config)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__explain)
            opts="-h --help BFD_CHECK DNS_CHECK FILE_CHECK HTTP_GET MISC_CHECK PING_CHECK SMTP_CHECK SSL SSL_GET TCP_CHECK UDP_CHECK accept active_key advert-int-rounded advert_int ah-with-unicast alpha always-succeeds anti_replay auth_hmac auth_pass auth_type authentication authentication-not-supported authentication-without-password bad-group-entry bad-random bad-server bad-tunnel bfd_cpu_affinity bfd_instance bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rtime bfd_rlimit_rttime bfd_rt_priority bind_if bind_port bindto byte-order-mark ca certificate check-repairs check_unicast_src checker checker_cpu_affinity checker_log_all_failures checker_no_swap checker_priority checker_process_name checker_rlimit_rtime checker_rlimit_rttime checker_rt_priority checks-another-node checks-itself checks-the-address child_wait_time cloud-without-lower-priority command-not-quoted comment-from-definition common-virtual-router-id config_save_dir connect_ip connect_port connect_timeout data_use_instance dbus_no_interface_name dbus_service_name debug default_interface delay delay-too-long delay_before_retry delay_loop deprecated-keyword digest direct-routing disable_local_igmp dont_track_primary down_timer_adverts dynamic_interfaces empty-block empty-group enable_dbus enable_script_security enable_sni enable_snmp_checker enable_snmp_keepalived enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_vrrp enable_traps endless-definition environment-variable-missing escaped-comment expansion-too-long extra-close-brace extra-words fall fall_delay family-mismatch fast_recovery fifo-script-without-fifo fifo_write_vrrp_states_on_reload file firewall-drops-adverts flag-1 flag-2 flag-3 flag-without-scheduler flip-proof fork_delay full_command fwmark garp_extra_if garp_group garp_interval garp_lower_prio_delay garp_lower_prio_repeat garp_master_delay garp_master_refresh garp_master_refresh_repeat garp_master_repeat global_defs global_tracking gna_interval group group-of-one ha-suspend-with-fwmark ha_suspend hashed helo_name higher_prio_send_advert hmac-key-double hmac-key-insecure hmac-key-invalid hmac-replaces-password hmac-without-key hoplimit host http_protocol hysteresis hysteresis-too-high idle_tx include include-loop include-missing include-not-a-file include-unreadable include_check includea includeb includem includer includew incomplete-block incomplete-route inhibit_on_failure init_fail init_file instance interface interface_up_down_delays interfaces interval invalid-address invalid-bool invalid-generator invalid-mode invalid-number invalid-port invalid-route-value invalid-virtual-interface ip_family iproute_etc_dir iproute_usr_dir ipvlan-without-address json_dump_file json_version kernel_rx_buf_size key killall-check label-too-long lb_algo lb_kind line-too-long linkbeat_interfaces linkbeat_use_polling log_all_failures log_unknown_vrids look-alike lower_prio_no_advert lthreshold lvs_flush lvs_flush_on_stop lvs_flush_onstop lvs_method lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo lvs_notify_fifo_script lvs_process_name lvs_sched lvs_sync_daemon lvs_sync_daemon_interface lvs_timeouts master-with-ah max_auto_priority max_hops max_reply_length mcast_dst_ip mcast_src_ip member-of-two-groups mh-fallback mh-port min_auto_priority_delay min_reply_length min_rx min_tx misc_dynamic misc_path misc_timeout missing-close-brace missing-open-brace missing-parameter mixed-group mode multi-line-reference multihop multiplier name name-too-long namespace_with_ipsets nat-without-gateway native-ipv6-with-ipv4 native_ipv6 nb_get_retry needless-prefix needs-nopreempt neighbor_ip neighbour_ip net_namespace net_namespace_ipvs network-overlap network-twice nftables nftables_counters nftables_ifindex nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark nftables_priority no-address no-blank-after-keyword no-broadcast no-configuration no-interface no-iptables no-prefix-length no-shell no-unicast-source no-virtual-router-id no_accept no_checker_emails no_email_faults no_virtual_ipaddress nopreempt nopreempt-as-master not-in-effect not-multicast not-strict not-with-ipv6 notification_email notification_email_from notify notify-stops-checked notify_backup notify_deleted notify_down notify_fault notify_fifo notify_fifo_script notify_master notify_master_rx_lower_pri notify_priority_changes notify_retry notify_stop notify_up nul-byte old_unicast_checksum omega ops ops-without-udp other-family own-interface-tracked owner-by-default owner-ignores-adverts owner_ignore_adverts pair-addresses pair-advert-int pair-advertised-addresses pair-alone pair-authentication pair-check-missing pair-check-weight pair-disjoint-addresses pair-equal-priorities pair-hmac pair-hmac-keys pair-multicast-group pair-nopreempt pair-other-network pair-prefix pair-router-id pair-same-source pair-sync-daemon pair-sync-group pair-time-window pair-two-masters pair-two-owners pair-unicast-and-multicast pair-unicast-peer pair-version pair-virtual-router-id param_match passive password password-too-long path payload peer-is-self persistence_engine persistence_granularity persistence_timeout port port-needs-persistence port-without-nat preempt preempt-delay-as-master preempt-delay-with-nopreempt preempt_delay prefix-with-peer priority process process_monitor_rcv_bufs process_monitor_rcv_bufs_force process_name process_names promote_secondaries promotes-data protocol protocol-with-fwmark quorum quorum-max-below-quorum quorum-too-high quorum_down quorum_max quorum_up random_seed real_server regex regex_max_offset regex_min_offset regex_no_match regex_options regex_stack reload-order reload_check_config reload_file reload_repeat reload_time_file repeated-address repeated-interface-name repeated-keyword repeated-name repeated-option repeated-server repeated-virtual-router-id reply-length require_reply retry rise rise_delay route-conflict route-not-in-effect route-protocol route-time-too-short route-without-interface router_id rs_init_notifies rule-without-preference same-check same-fifo sample-value script script-disabled script-security-off script-without-command script-without-user script_user set_supplementary_groups several-configurations sh-fallback sh-port shutdown_script shutdown_script_timeout skip-check-false skip_check_adv_addr slow-failover small-weight smtp_alert smtp_alert_checker smtp_alert_vrrp smtp_connect_timeout smtp_helo_name smtp_server sni_name snmp_name snmp_rs_stats_update_interval snmp_socket snmp_vs_stats_update_interval sorry-server-is-real sorry_server sorry_server_inhibit sorry_server_lvs_method source_ip startup_script startup_script_timeout state state_dump_file static_ipaddress static_routes static_rules stats_dump_file status_code stops-the-daemon strict-drops strict-needs-address strict-unicast strict_mode sync_group_tracking_weight terminate_delay thread_timer_expired time_window timeout timeout-over-interval timer_expired_backup tls_compliant tmp_config_directory too-many-addresses too-many-decimals too-many-messages too-much track_bfd track_file track_group track_interface track_port track_process track_script track_src_ip tracked-by-both tracked-twice ttl type umask unbraced-reference undefined-reference unexpected-brace unicast-on-base unicast-without-peers unicast_fault_no_peer unicast_peer unicast_src_ip unicast_ttl unknown-auth-type unknown-block unknown-choice unknown-group unknown-host unknown-instance unknown-interface unknown-keyword unknown-member unknown-option unknown-pattern-option unknown-scope unknown-script unknown-state unknown-track-group unknown-tracked unknown-user unsplittable-command unterminated-quote unused-script unused-tracked url use_ipvlan use_pid_dir use_symlink_paths use_vmac use_vmac_addr user uthreshold v3_checksum_as_v2 value-out-of-range version vip_restore virtual_ipaddress virtual_ipaddress_excluded virtual_router_id virtual_routes virtual_rules virtual_server virtual_server_group virtualhost vmac_addr_prefix vmac_garp_intvl vmac_prefix vmac_xmit_base vrf vrrp vrrp_check_unicast_src vrrp_cpu_affinity vrrp_delay_after_boot vrrp_down_timer_adverts vrrp_garp_extra_if vrrp_garp_interval vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat vrrp_garp_master_delay vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat vrrp_gna_interval vrrp_higher_prio_send_advert vrrp_instance vrrp_ipsets vrrp_iptables vrrp_lower_prio_no_advert vrrp_mcast_group4 vrrp_mcast_group6 vrrp_min_garp vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script vrrp_notify_priority_changes vrrp_owner_ignore_adverts vrrp_priority vrrp_process_name vrrp_rlimit_rtime vrrp_rlimit_rttime vrrp_rt_priority vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_script vrrp_skip_check_adv_addr vrrp_startup_delay vrrp_strict vrrp_sync_group vrrp_track_file vrrp_track_port vrrp_track_process vrrp_version vrrp_vmac_garp_intvl warmup weight weight-above-254 weight-below-one weight-in-group weight-of-owner weight-with-nopreempt"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__fmt)
            opts="-h --check --write --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help)
            opts="run check simulate fmt keywords completion demo lab explain help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__check)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__completion)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__demo)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__explain)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__fmt)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__keywords)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__lab)
            opts="list exec stop"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__lab__subcmd__exec)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__lab__subcmd__list)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__lab__subcmd__stop)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__run)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__help__subcmd__simulate)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__keywords)
            opts="-h --json --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab)
            opts="-h --help list exec stop help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__exec)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__help)
            opts="list exec stop help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__help__subcmd__exec)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__help__subcmd__list)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__help__subcmd__stop)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 4 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__list)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__lab__subcmd__stop)
            opts="-h --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__run)
            opts="-f -D -d -i -s -p -a -h --file --log --detail --dump-config --config-id --all-config --namespace --pid-file --vrrp-pid-file --checker-pid-file --monitor-addresses --keep-addresses --keep-table --no-respawn --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --log)
                    COMPREPLY=($(compgen -W "console syslog none" -- "${cur}"))
                    return 0
                    ;;
                --config-id)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -i)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --namespace)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -s)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --pid-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -p)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --vrrp-pid-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --checker-pid-file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        vipd__subcmd__simulate)
            opts="-e -h --story --script --adverts --json --svg --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --story)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -e)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --script)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --svg)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _vipd -o nosort -o bashdefault -o default vipd
else
    complete -F _vipd -o bashdefault -o default vipd
fi

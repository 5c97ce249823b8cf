-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- What rules ask for again and again. Whoever opens the case database has them as well.

CREATE OR REPLACE MACRO base_name(path) AS regexp_extract(path, '[^/]*$');

-- Without the mark that the kernel puts behind the names of files that are gone.
CREATE OR REPLACE MACRO plain(path) AS regexp_replace(path, ' \(deleted\)$', '');

-- Places where everybody may write.
CREATE OR REPLACE MACRO in_drop_zone(path) AS
    regexp_matches(path, '^/(tmp|var/tmp|dev/shm|dev/mqueue|run/shm|run/lock|var/lock|run/user/[0-9]+|var/crash)/');

-- A program that images of distributions have with the rights of its owner, at its usual place in the storage of containers.
CREATE OR REPLACE MACRO is_suid_of_image(path) AS regexp_matches(path,
    '^/(var/lib/(docker|containers|containerd|rancher|kubelet|lxc|lxd|incus|machines|snapd?|flatpak)|var/snap|snap'
    '|(home/[^/]+|root)/\.local/share/(containers|docker|lxc)|.+/(docker|containers/storage)/(overlay2?|vfs|btrfs|aufs))/.*'
    '/(bin|sbin|lib|lib64|libexec)/([^/]+/)*(su|sudo|sudoedit|doas|mount|umount|passwd|chsh|chfn|chage|expiry|gpasswd|newgrp|sg|newuidmap|newgidmap'
    '|ping6?|crontab|at|wall|write(\.ul)?|bsd-write|ssh-agent|ssh-keysign|dbus-daemon-launch-helper|unix2?_chkpwd|pam_timestamp_check'
    '|pkexec|polkit-agent-helper-1|fusermount3?|bbsuid|utempter|bwrap|snap-confine|chrome-sandbox|screen|postdrop|postqueue|exim4?'
    '|mount\.(nfs|cifs)|pppd|userhelper|usernetctl|staprun|traceroute6?|[mp]?locate|Xorg\.wrap|ntfs-3g)$');

-- A part of the path begins with a dot, and it is none of the folders in which users and tools keep programs.
CREATE OR REPLACE MACRO is_hidden(path) AS
    regexp_matches(path, '/\.[^/]') AND NOT regexp_matches(path,
        '^/(home/[^/]+|root|opt|srv|usr/local|var/lib|snap)/(.*/)?\.(local|cache|config|cargo|rustup|nvm|npm|pyenv|rbenv|asdf|sdkman'
        '|vscode-server|vscode|cursor-server|dotnet|bun|deno|gem|venv|virtualenvs|tox|poetry|pipx|steampipe|krew|linkerd2|bin'
        '|oh-my-zsh|fzf|git|svn|ansible|gradle|m2|jdks|node_modules|pnpm|yarn|volta|conda|wine|tfenv|terraform(\.d)?)/');

-- Names that are made to be overlooked, or to mislead a terminal.
CREATE OR REPLACE MACRO is_odd_name(path) AS
    regexp_matches(path, '/(\.{3,}|\.{1,2} +| +|[^/]* )(/|$)') OR regexp_matches(path, '(^|[^\\])\\x([01][0-9a-f]|7f|e2\\x80\\x[89a]|c2\\xa0)')
    OR regexp_matches(path, '[\x{a0}\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202f}\x{2060}-\x{206f}\x{3164}\x{feff}]');

CREATE OR REPLACE MACRO is_shell(path) AS
    regexp_matches(base_name(plain(path)), '^-?(ba|da|z|k|mk|lk|c|tc|a|fi)?sh[0-9.]*$|^busybox$');

-- Command lines that open shells to a network, run what they fetch, or dig for coins.
CREATE OR REPLACE MACRO is_evil_command(command) AS regexp_matches(command,
    '/dev/(tcp|udp)/[^/ ]+/\d+'
    '|\b(ba|z|k|da)?sh\s+-i\s*(>|<|[0-9]>)'
    '|\b(nc|ncat|netcat)(\.\w+)?\s[^|;]*\s?(-\w*[ec]\s|--(sh-)?exec\b)'
    '|mkfifo\s+\S+\s*[;&]+.*\b(nc|ncat|netcat|telnet|openssl)\b'
    '|base64\s+(-d|-D|--decode)\b[^|;]*\|\s*(sudo\s+)?(\S*/)?((ba|z|k|da)?sh|python[0-9.]*|perl|php)\b'
    '|\b((ba|z|k|da)?sh\s+-\w*c|eval)\b[^;]*(\$\(|`)[^)`]*base64\s+(-d|-D|--decode)\b'
    '|\b(curl|wget|fetch)\b[^|;]*\b(https?://)?\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b[^|;]*\|\s*(sudo\s+)?(\S*/)?((ba|z|k|da)?sh|python[0-9.]*|perl)\b'
    '|\bpython[0-9.]*\s+-c\s.*\bsocket\b.*\b(dup2|subprocess|pty|exec)\b'
    '|\bperl\s+-\w*e\s.*\b(socket|Socket)\b.*\b(exec|open)\b'
    '|\bphp\s+-r\s.*\bfsockopen\b|\bruby\s+-rsocket\s+-e'
    '|\bsocat\b.*\b(exec|system):'
    '|\bopenssl\s+s_client\b.*\|\s*\S*sh\b'
    '|stratum\+(tcp|ssl)://|--donate-level|\bxmrig\b|\bminerd\b|\bkinsing\b'
    '|\b(curl|wget)\b[^;|&]*(-o|-O|>)\s*/?(tmp|var/tmp|dev/shm)/\S+.*(chmod\s+\S*[x7]|\bsh\b)', 's');

-- Runs what it fetches, as many installers want it to.
CREATE OR REPLACE MACRO is_fetch_and_run(command) AS regexp_matches(command,
    '\b(curl|wget)\b[^|;]*\|\s*(sudo\s+)?(\S*/)?((ba|z|k|da)?sh|python[0-9.]*|perl)\b'
    '|\b((ba|z|k|da)?sh|eval)\b[^|;]*[<$]\(\s*(curl|wget)\b', 's');

-- Asks a cloud for the credentials of the machine, or uses those of a node or a pod of a cluster.
CREATE OR REPLACE MACRO asks_for_credentials(command) AS regexp_matches(command,
    '(169\.254\.169\.254|\[fd00:ec2::254\]|metadata\.google\.internal|100\.100\.100\.200)\S*/(iam/security-credentials|identity/oauth2/token'
    '|service-accounts/[^/ ]+/token|ram/security-credentials|opc/v\d/identity)|169\.254\.170\.2\b'
    '|--kubeconfig[= ]\S*/(kubelet|kubelet-client|bootstrap-kubelet|controller-manager|scheduler)\S*'
    '|\b(cat|cp|base64|curl|tar|scp|head)\b.*/(serviceaccount/token|kubelet/pki/kubelet-client-current\.pem)');

-- Accounts that services run under and nobody logs in as.
CREATE OR REPLACE MACRO is_service_user(name) AS name IN (
    'www-data', 'apache', 'nginx', 'http', 'httpd', 'wwwrun', 'www', 'lighttpd', 'caddy', 'tomcat', 'jetty', 'php-fpm', 'mysql',
    'mariadb', 'redis', 'memcache', 'mongodb', 'elasticsearch', 'nobody', 'daemon', 'bin', 'sys', 'mail', 'news', 'proxy', 'lp',
    'games', 'man', 'ftp', 'sshd', 'messagebus', 'systemd-network', 'systemd-resolve', 'systemd-timesync', 'uuidd', '_apt',
    'backup', 'list', 'irc', 'gnats', 'postfix', 'dovecot', 'ntp', 'chrony', 'polkitd', 'rpc', 'rpcuser', 'tcpdump', 'syslog'
);

-- The numbers of a process's user: text in a list; the second is the one that counts.
CREATE OR REPLACE MACRO effective_uid(uids) AS TRY_CAST(uids[2] AS BIGINT);

# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Debian's layout: Apache and nginx at once, what they have by default and virtual hosts of all shapes."""

import os
import subprocess

FILES = {
    '/etc/apache2/sites-enabled/shop.conf': """Listen 8081
<VirtualHost *:8081>
    ServerName shop.test
    DocumentRoot "/srv/my shop/htdocs"
    # DocumentRoot /srv/old
    Alias "/pics" "/srv/pictures"
    CustomLog "/srv/logs/shop access.log" combined
    ErrorLog /srv/logs/shop_error.log
    Include /etc/apache2/shop.d/*.inc
</VirtualHost>
""",
    '/etc/apache2/shop.d/one.inc': 'Include /etc/apache2/shop.d/deeper/*.conf\n',
    '/etc/apache2/shop.d/deeper/two.conf': 'ScriptAlias /run/ /srv/run/\n',
    '/etc/nginx/conf.d/shop.conf': """server {
    listen 8082;
    server_name n.test;
    root "/srv/n root";  # root /srv/nothing;
    # root /srv/old;
    access_log /srv/logs/n.log;
    include /etc/nginx/shop/*.inc;
}
""",
    '/etc/nginx/shop/a.inc': 'location /up/ { alias /srv/up/; }\nlocation /deep { root /srv/deep; }\n',
    '/srv/n root/n.php': '<?php echo "n";',
    '/srv/up/up.php': '<?php echo "up";',
    '/srv/deep/deep.php': '<?php echo "deep";',
    '/srv/logs/kept': '',
    '/srv/my shop/htdocs/kept': '',
    '/srv/run/kept': '',
    '/srv/pictures/kept': '',
}

for path, content in FILES.items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(content)
subprocess.check_call(['a2enmod', '-q', 'cgid'])
subprocess.check_call(['systemctl', 'restart', 'apache2', 'nginx'])

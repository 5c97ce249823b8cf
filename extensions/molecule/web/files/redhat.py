# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Red Hat's layout: Debian's Apache as httpd with everything below /etc/httpd, and no other server."""

import os
import shutil
import subprocess

FILES = {
    '/etc/httpd/conf/httpd.conf': """ServerRoot "/etc/httpd"
Listen 80
Include conf.modules.d/*.conf
User www-data
Group www-data
DocumentRoot "/var/www/html"
<Directory />
    Require all denied
</Directory>
ErrorLog "logs/error_log"
LogFormat "%h %t" common
CustomLog "logs/access_log" common
<IfModule alias_module>
    ScriptAlias /cgi-bin/ "/var/www/cgi-bin/"
</IfModule>
IncludeOptional conf.d/*.conf
""",
    '/etc/httpd/conf.modules.d/00-base.conf': '\n'.join(
        'LoadModule %s_module modules/mod_%s.so' % (name, name) for name in ('mpm_event', 'authz_core', 'alias', 'cgid')
    ) + '\n',
    '/etc/httpd/conf.d/shop.conf': """Listen 8081
<VirtualHost *:8081>
    ServerName shop.test
    DocumentRoot "/srv/my shop/htdocs"
    #DocumentRoot "/srv/old"
    Alias /pics /srv/pictures
    ErrorLog logs/shop_error_log
    CustomLog "|/usr/bin/rotatelogs /srv/logs/shop.%Y 86400" common
    Include conf/extra/*.inc
</VirtualHost>
""",
    '/etc/httpd/conf/extra/run.inc': 'ScriptAlias /run/ /srv/run/\n',
    '/etc/systemd/system/httpd.service': """[Service]
ExecStart=/usr/sbin/httpd -d /etc/httpd -f conf/httpd.conf -DFOREGROUND
[Install]
WantedBy=multi-user.target
""",
    '/srv/logs/kept': '',
    '/srv/my shop/htdocs/kept': '',
    '/srv/run/kept': '',
    '/srv/pictures/kept': '',
    '/var/www/cgi-bin/kept': '',
    '/var/log/httpd/kept': '',
}

subprocess.check_call(['systemctl', 'disable', '--now', 'apache2', 'nginx', 'php8.2-fpm'])
shutil.move('/usr/sbin/apache2', '/usr/sbin/httpd')
for name in ('apache2', 'apache2@', 'nginx', 'php8.2-fpm'):
    os.unlink('/usr/lib/systemd/system/%s.service' % name)
    # systemd would make units of these.
    if os.path.exists('/etc/init.d/' + name):
        os.unlink('/etc/init.d/' + name)
for path in ('/etc/apache2', '/etc/nginx', '/etc/php'):
    shutil.rmtree(path)
for path, content in FILES.items():
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(content)
os.symlink('/usr/lib/apache2/modules', '/etc/httpd/modules')
os.symlink('../../var/log/httpd', '/etc/httpd/logs')
subprocess.check_call(['systemctl', 'daemon-reload'])
subprocess.check_call(['systemctl', 'enable', '--now', 'httpd'])

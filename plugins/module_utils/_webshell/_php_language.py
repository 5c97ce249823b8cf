# Copyright (c) 2026, the csirt.linux_triage authors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# PRIVATE to the collection: no public interface.

"""What functions of PHP mean to whoever follows a value: where it comes from, what runs it, what lets it through."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

from ansible_collections.csirt.linux_triage.plugins.module_utils._webshell._values import (
    COMPUTED, DECODED, FILE, GLOBALS, REMOTE, REQUEST, SERVER, STORED, TEMPORARY, UPLOAD,
)

VARIABLES = {
    "_GET": REQUEST, "_POST": REQUEST, "_REQUEST": REQUEST, "_COOKIE": REQUEST, "_FILES": UPLOAD, "_SERVER": SERVER,
    "HTTP_GET_VARS": REQUEST, "HTTP_POST_VARS": REQUEST, "HTTP_COOKIE_VARS": REQUEST, "HTTP_POST_FILES": UPLOAD,
    "HTTP_SERVER_VARS": SERVER, "GLOBALS": GLOBALS, "HTTP_RAW_POST_DATA": REQUEST,
}
# Entries of $_SERVER, and variables of the environment, that the client writes.
CLIENT_WRITES = ("HTTP_", "QUERY_STRING", "REQUEST_URI", "PATH_INFO", "ORIG_PATH_INFO", "PHP_AUTH_")
SOURCES = {
    "getallheaders": REQUEST, "apache_request_headers": REQUEST, "filter_input": REQUEST, "filter_input_array": REQUEST,
    "get_defined_vars": REQUEST, "session_id": REQUEST, "curl_exec": REMOTE, "fgets": FILE, "fread": FILE, "file": FILE,
    "file_get_contents": FILE, "stream_get_contents": FILE, "readline": FILE, "socket_read": REMOTE, "stream_get_line": FILE,
    "exif_read_data": FILE, "dns_get_record": REMOTE, "gethostbyname": REMOTE, "php_strip_whitespace": FILE, "gzfile": FILE,
    "fgetc": FILE, "fscanf": FILE, "socket_recv": REMOTE, "apache_getenv": REQUEST, "get_headers": REMOTE,
    "iptcparse": FILE, "getimagesize": FILE, "ob_get_contents": 0, "wp_remote_get": REMOTE, "wp_remote_retrieve_body": REMOTE,
    "apcu_fetch": STORED, "apc_fetch": STORED, "shmop_read": STORED, "get_option": STORED, "get_transient": STORED,
    "wp_cache_get": STORED, "dba_fetch": STORED, "mysqli_fetch_assoc": STORED, "mysqli_fetch_row": STORED,
    "session_save_path": TEMPORARY, "sys_get_temp_dir": TEMPORARY, "tempnam": TEMPORARY, "wp_tempnam": TEMPORARY,
    "openssl_decrypt": DECODED, "mcrypt_decrypt": DECODED, "sodium_crypto_secretbox_open": DECODED,
}
# Methods, whatever their class: those of requests in frameworks, those of stores.
METHOD_SOURCES = {
    "->get_param": REQUEST, "->get_params": REQUEST, "->get_json_params": REQUEST, "->get_body_params": REQUEST,
    "->get_query_params": REQUEST, "->getqueryparams": REQUEST, "->getparsedbody": REQUEST, "->getqueryparam": REQUEST,
    "->getpost": REQUEST, "->input": REQUEST, "->get_header": REQUEST, "->getheaderline": REQUEST,
    "->get": STORED, "->hget": STORED, "->lpop": STORED, "->rpop": STORED, "->fetchcolumn": STORED, "->fetch_assoc": STORED,
    "->getdoccomment": COMPUTED, "->fetch": STORED, "->fetch_row": STORED, "->fetcharray": STORED, "->querysingle": STORED,
}
# What calls functions, or all methods of a class, with what the client sends; the methods are those of a server.
SERVES_FUNCTIONS = frozenset(("register_rest_route", "xmlrpc_server_register_method", "->addfunction"))
SERVES_METHODS = frozenset(("->setclass", "->setobject"))
# name: (position of what is taken apart, position of the first variable that gets a piece).
RESULTS = {
    "preg_match": (1, 2), "preg_match_all": (1, 2), "parse_str": (0, 1), "mb_parse_str": (0, 1), "sscanf": (0, 2),
    "openssl_private_decrypt": (0, 1), "mb_ereg": (1, 2), "ereg": (1, 2), "eregi": (1, 2), "socket_recv": (1, 1),
}
CODE, COMMAND, LOADED = "code", "command", "include"
# name: (what it does with them, positions of the arguments; None for all).
SINKS = {
    "eval": (CODE, (0,)), "assert": (CODE, (0,)), "create_function": (CODE, (0, 1)),
    "system": (COMMAND, (0,)), "exec": (COMMAND, (0,)), "shell_exec": (COMMAND, (0,)), "passthru": (COMMAND, (0,)),
    "popen": (COMMAND, (0,)), "proc_open": (COMMAND, (0,)), "pcntl_exec": (COMMAND, None), "expect_popen": (COMMAND, (0,)),
    "ssh2_exec": (COMMAND, (1,)), "dl": (COMMAND, (0,)), "ffi::cdef": (COMMAND, (0,)), "win_shell_execute": (COMMAND, None),
    "w32api_invoke_function": (COMMAND, None), "putenv": ("environment", (0,)),
    "include": (LOADED, (0,)), "include_once": (LOADED, (0,)), "require": (LOADED, (0,)), "require_once": (LOADED, (0,)),
    "spl_autoload": (LOADED, (0,)), "virtual": (LOADED, (0,)), "set_include_path": (LOADED, (0,)),
    "unlink": ("delete", (0,)), "rmdir": ("delete", (0,)), "rename": ("rename", None), "chmod": ("mode", None),
    "chown": ("mode", None), "chgrp": ("mode", None), "touch": ("mode", (0,)), "mkdir": ("folder", (0,)),
    "symlink": ("symlink", None), "link": ("symlink", None),
    "scandir": ("list", (0,)), "opendir": ("list", (0,)), "glob": ("list", (0,)), "dir": ("list", (0,)),
    "chdir": ("list", (0,)), "new directoryiterator": ("list", (0,)), "new recursivedirectoryiterator": ("list", (0,)),
    "new filesystemiterator": ("list", (0,)), "new globiterator": ("list", (0,)),
    "readfile": ("read", (0,)), "highlight_file": ("read", (0,)), "show_source": ("read", (0,)),
    "file_get_contents": ("read", (0,)), "fopen": ("read", (0,)), "file": ("read", (0,)), "new splfileobject": ("read", (0,)),
    "php_strip_whitespace": ("read", (0,)), "parse_ini_file": ("read", (0,)), "gzopen": ("read", (0,)),
    "unserialize": ("unserialize", (0,)),
    "fsockopen": ("connect", (0,)), "pfsockopen": ("connect", (0,)), "stream_socket_client": ("connect", (0,)),
    "socket_connect": ("connect", (1,)), "socket_create": ("connect", ()), "stream_socket_server": ("connect", (0,)),
    "socket_create_listen": ("connect", (0,)),
    "mysql_query": ("query", (0,)), "mysqli_query": ("query", (1,)), "pg_query": ("query", None),
    "mssql_query": ("query", (0,)), "->query": ("query", (0,)), "new com": ("component", (0,)),
    "posix_kill": ("kill", None), "posix_setuid": ("kill", None), "ini_set": ("setting", None),
    "wp_create_user": ("account", None), "wp_insert_user": ("account", None),
    "->fromshellcommandline": (COMMAND, (0,)), "new process": (COMMAND, (0,)), "wp_set_auth_cookie": ("session", ()),
    "mysql_connect": ("login", None), "mysqli_connect": ("login", None), "new mysqli": ("login", None), "new pdo": ("login", None),
    "pg_connect": ("login", None), "mssql_connect": ("login", None), "->real_connect": ("login", None),
    "->extractto": ("unpack", None), "->importstylesheet": ("stylesheet", None),
    "->registerphpfunctions": ("stylesheet_functions", ()),
    "mail": ("mail_option", (4,)), "mb_send_mail": ("mail_option", (4,)),
}
# name: position of the argument that is called; -1 is the last, None any.
CALLBACKS = {
    "call_user_func": 0, "call_user_func_array": 0, "forward_static_call": 0, "forward_static_call_array": 0, "array_map": 0,
    "array_filter": 1, "array_walk": 1, "array_walk_recursive": 1, "array_reduce": 1, "usort": 1, "uasort": 1, "uksort": 1,
    "array_udiff": -1, "array_udiff_assoc": -1, "array_udiff_uassoc": None, "array_diff_ukey": -1, "array_diff_uassoc": -1,
    "array_uintersect": -1, "array_uintersect_assoc": -1, "array_uintersect_uassoc": None, "array_intersect_ukey": -1,
    "array_intersect_uassoc": -1, "preg_replace_callback": 1, "mb_ereg_replace_callback": 1, "register_shutdown_function": 0,
    "register_tick_function": 0, "ob_start": 0, "set_error_handler": 0, "set_exception_handler": 0,
    "spl_autoload_register": 0, "iterator_apply": 1, "header_register_callback": 0, "session_set_save_handler": None,
    "->sqlitecreatefunction": 1, "->createfunction": 1, "sqlite_create_function": 2, "->uasort": 0, "->uksort": 0,
    "new callbackfilteriterator": 1, "new reflectionfunction": 0, "closure::fromcallable": 0, "preg_replace_callback_array": 0,
    "filter_var": 2, "filter_var_array": 1, "filter_input": 3, "array_any": 1, "array_all": 1, "array_find": 1,
    "new reflectionmethod": 0, "->each": 0, "stream_wrapper_register": 1, "assert_options": 1, "xml_set_element_handler": None,
    "xml_set_character_data_handler": 1, "libxml_set_external_entity_loader": 0, "->fetchall": None, "->setcallback": 0,
    "new twigfunction": 1, "new twigfilter": 1, "->registerplugin": 2, "->registerundefinedfunctioncallback": 0,
    "->registerundefinedfiltercallback": 0,
}
# The result comes from where the arguments come from.
CARRIES = frozenset("""
->current ->getarraycopy addcslashes addslashes array array_chunk array_column array_combine array_diff array_fill
array_filter array_flip array_keys array_map array_merge array_merge_recursive array_pad array_pop array_product array_rand
array_reduce array_replace array_reverse array_search array_shift array_slice array_splice array_unique array_values
array_walk base64_decode base64_encode base_convert basename bin2hex bzcompress bzdecompress call_user_func
call_user_func_array chop chr compact convert_uudecode convert_uuencode curl_exec current dirname each end escapehtml
escapeshellcmd explode fgetcsv fgets file file_get_contents fopen fread func_get_arg func_get_args getenv gzcompress gzdecode
gzdeflate gzinflate gzuncompress hex2bin html_entity_decode htmlspecialchars_decode http_build_query iconv implode
iterator_to_array join json_decode json_encode key lcfirst ltrim mb_convert_case mb_convert_encoding mb_decode_numericentity
mb_strtolower mb_strtoupper mb_substr mcrypt_decrypt next nl2br openssl_decrypt pack parse_url pathinfo preg_filter
preg_quote preg_replace preg_replace_callback preg_split prev print_r quoted_printable_decode rawurldecode rawurlencode
realpath reset rtrim sanitize serialize settype simplexml_load_string sodium_crypto_secretbox_open sprintf str_ireplace
str_pad str_repeat str_replace str_rot13 str_split strchr stream_get_contents strip_tags stripcslashes stripslashes stristr
strrchr strrev strstr strtok strtolower strtoupper strtr strval substr substr_replace trim ucfirst ucwords uniqid unpack
unserialize urldecode urlencode utf8_decode utf8_encode var_export vsprintf wordwrap zlib_decode
""".split() + ["closure::fromcallable", "new arrayobject", "new arrayiterator", "new splfixedarray", "new reflectionfunction", "new reflectionmethod"])
# What comes back is a number, a digest, or quoted.
CHECKS = frozenset("""
abs boolval ceil count crc32 date escapeshellarg filemtime filesize floatval floor getmypid hash intval is_array is_dir is_file
is_numeric md5 md5_file microtime mt_rand random_int rand round sha1 sha1_file sizeof strlen strpos time
""".split())
DECODERS = frozenset("""
base64_decode gzinflate gzuncompress gzdecode zlib_decode str_rot13 hex2bin convert_uudecode bzdecompress openssl_decrypt
mcrypt_decrypt quoted_printable_decode sodium_crypto_secretbox_open
""".split())
MIXERS = frozenset(("strrev", "chr", "pack", "strtr", "str_replace", "preg_replace", "base_convert", "substr_replace", "strval"))
GATES = frozenset(("md5", "sha1", "crypt", "hash", "password_verify", "hash_equals", "hash_hmac"))
# Calls without brackets.
STATEMENTS = frozenset("include include_once require require_once echo print return throw exit die yield".split())
CONTROLS = frozenset(("if", "while", "for", "foreach", "switch", "catch", "elseif", "match", "declare", "with"))
RESULT_FLAGS = dict(
    [(name, DECODED) for name in DECODERS] + [(name, COMPUTED) for name in MIXERS if name not in ("str_replace", "preg_replace")]
)
REQUEST_STREAMS = ("php://input", "php://stdin")


def runs_things(name):
    """Whether the function of this name, in whatever letters, runs code or commands."""
    return SINKS.get(name.lower(), ("",))[0] in (CODE, COMMAND)


__all__ = (
    "CALLBACKS", "CARRIES", "CHECKS", "CLIENT_WRITES", "CODE", "COMMAND", "CONTROLS", "DECODERS", "GATES", "LOADED", "METHOD_SOURCES", "MIXERS",
    "REQUEST_STREAMS", "RESULTS", "RESULT_FLAGS", "SERVES_FUNCTIONS",
    "SERVES_METHODS", "SINKS", "SOURCES", "STATEMENTS", "VARIABLES", "runs_things",
)

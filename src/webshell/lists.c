/* The languages' own sources, cleaners, decoders and callbacks. */
#include "webshell/lists.h"

const char *const ws_known[PAGES][WS_LISTS] = {
	[PAGE_PHP] = {
		[LIST_SOURCE] =
			"_get _post _request _cookie !_files _server[http_* _server[query_string "
			"http_post_vars http_get_vars http_cookie_vars !http_post_files "
			"_server[request_uri _server[path_info _server[php_auth_user _server[php_auth_pw "
			"_server[orig_path_info _env[http_* _env[query_string "
			"php://input getallheaders() apache_request_headers() filter_input() "
			"filter_input_array() http_get_request_body() http_get_request_headers() "
			"http_get_request_body_stream() get_headers() import_request_variables() "
			"http_raw_post_data !exif_read_data() !read_exif_data() ~_session ^.getdoccomment() ^.getconstant() "
			"^.getconstants() ^__file__ @fsockopen() @pfsockopen() "
			"@stream_socket_client() @socket_create() @socket_accept() "
			"@stream_socket_accept()",
		[LIST_CLEANER] =
			"intval floatval count sizeof strlen md5 sha1 crc32 hash isset empty is_array "
			"preg_quote is_string is_numeric is_file is_dir file_exists in_array array_key_exists preg_match "
			"preg_match_all strpos stripos strrpos strcmp strcasecmp strncmp escapeshellarg "
			"escapeshellcmd addcslashes base64_encode urlencode rawurlencode serialize "
			"json_encode number_format date time mktime strtotime filesize filemtime fileperms "
			"mysql_query mysqli_query mysql_real_escape_string is_callable function_exists "
			"class_exists method_exists defined header setcookie die exit printf var_dump print_r "
			"error_log octdec max min round array_search ctype_digit ctype_alnum ctype_alpha "
			"is_int is_writable is_readable fwrite fputs mkdir chmod rename copy touch "
			"move_uploaded_file is_uploaded_file file_put_contents mail strcspn strspn "
			"substr_count similar_text levenshtein rand mt_rand random_int array_rand",
		[LIST_DECODER] =
			"mcrypt_decrypt openssl_private_decrypt openssl_public_decrypt gzdecompress "
			"sodium_crypto_secretbox_open convert_cyr_string mcrypt_cbc",
		[LIST_CALLBACK] =
			"array_map:0 array_filter:1 array_walk:1 array_walk_recursive:1 array_reduce:1 usort:1 "
			"uasort:1 uksort:1 array_udiff:2 array_diff_ukey:2 array_intersect_ukey:2 "
			"array_uintersect:2 array_udiff_assoc:2 array_diff_uassoc:2 array_udiff_uassoc:2 "
			"array_intersect_uassoc:2 "
			"call_user_func:0 call_user_func_array:0 "
			"forward_static_call:0 forward_static_call_array:0 register_shutdown_function:0 "
			"register_tick_function:0 preg_replace_callback:1 mb_ereg_replace_callback:1 "
			"ob_start:0 iterator_apply:1 set_error_handler:0 set_exception_handler:0 "
			"spl_autoload_register:0 filter_var:2 header_register_callback:0 .uasort:0 .uksort:0 "
			".createfunction:1 .sqlitecreatefunction:1 .sqlitecreateaggregate:1 "
			"reflectionfunction.invoke:0 sqlite_create_function:2",
	},
	[PAGE_JSP] = {
		[LIST_SOURCE] =
			".getparameter() .getparametervalues() .getparametermap() .getheader() .getheaders() "
			".getquerystring() .getcookies() request.getinputstream() request.getreader() "
			"httpservletrequest.getinputstream() httpservletrequest.getreader() "
			"servletrequest.getinputstream() servletrequest.getreader() "
			"getrequest().getinputstream() getrequest().getreader() req.getinputstream() "
			"req.getreader() param.cmd .getpart() .getparts() .getrequestbody() "
			"request.getrequesturi() request.getpathinfo() request.getmethod() "
			"param header cookie !fileitem.get() !.getsubmittedfilename()",
		[LIST_CLEANER] = ".length() .equals() .equalsignorecase() .indexof() .size() "
				 "integer.parseint() .contains() .startswith() .endswith() .hashcode() "
				 ".isempty() .write .print .println",
		[LIST_DECODER] = ".decodebuffer .decode .dofinal .parsebase64binary .fromhexstring",
		[LIST_CALLBACK] = "",
	},
	[PAGE_ASP] = {
		[LIST_SOURCE] =
			"request request.item request.form request.querystring request.cookies "
			"request.servervariables request.binaryread() request.totalbytes "
			"request() request.form() request.querystring() request.item() request.cookies() "
			"request.servervariables() .form() .item() ~session ~session()",
		[LIST_CLEANER] = "len clng cint server.htmlencode instr isnumeric isempty ubound isarray "
				 "response.write request.totalbytes lcase_",
		[LIST_DECODER] = "unescape strreverse .nodetypedvalue",
		[LIST_CALLBACK] = "",
	},
	[PAGE_ASPX] = {
		[LIST_SOURCE] =
			"request request.item request.form request.querystring request.cookies request.headers "
			"request.params request.servervariables request.files request.inputstream "
			"request.binaryread() request() request.form() request.querystring() request.item() "
			"request.params() request.headers() request.cookies() request.rawurl "
			".fileupload !.postedfile txtcmd.text .text .value .innertext !.filename !.filebytes "
			"!.filecontent xcmd.text",
		[LIST_CLEANER] = "server.htmlencode int32.parse convert.toint32 .length .tostring_ int.parse "
				 "response.write",
		[LIST_DECODER] = ".frombase64string .transformfinalblock .createdecryptor",
		[LIST_CALLBACK] = "",
	},
	[PAGE_CFM] = {
		[LIST_SOURCE] = "form url cgi cookie form.* url.cmd getHttpRequestData() "
				"gethttprequestdata().content",
		[LIST_CLEANER] = "len val isdefined structkeyexists htmleditformat",
		[LIST_DECODER] = "tobinary binarydecode decrypt charsetencode",
		[LIST_CALLBACK] = "",
	},
	[PAGE_PERL] = {
		[LIST_SOURCE] =
			"param() .param() .vars() env[query_string env[http_* env[path_info "
			"env[request_uri stdin .cookie() .upload() .query_param() .body_param()",
		[LIST_CLEANER] = "length quotemeta int defined exists scalar",
		[LIST_DECODER] = "decode_base64 pack unpack",
		[LIST_CALLBACK] = "",
	},
	[PAGE_PYTHON] = {
		[LIST_SOURCE] =
			"cgi.fieldstorage() fieldstorage() request.args request.form request.values "
			"request.cookies request.headers request.data request.json request.get_json() "
			"request.get_data() request.get request.post request.query request.forms "
			"os.environ[query_string os.environ[http_* environ[query_string environ[http_* "
			"environ[wsgi.input environ[path_info environ.get(query_string "
			"request.files web.input() "
			"self.rfile.read() rfile.read() self.get_argument() .get_argument() request.params "
			"request.body flask.request.args flask.request.form flask.request.values",
		[LIST_CLEANER] = "len int float isinstance shlex.quote quote str.isdigit",
		[LIST_DECODER] =
			"base64.b64decode b64decode zlib.decompress marshal.loads codecs.decode bytes.fromhex "
			"binascii.unhexlify .decompress a85decode b85decode base64.decodestring .decrypt",
		[LIST_CALLBACK] = "",
	},
};

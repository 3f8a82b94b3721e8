#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "file_make.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Strings as they stand in real programs, between other strings. */
static void programs_tell_their_version(void **state)
{
	(void)state;
	static const struct {
		const char *path, *constants;
		size_t n;
		const char *packages;
	} rows[] = {
#define ROW(path, constants, packages) { path, constants, sizeof(constants), packages }
		ROW("usr/sbin/nginx", "x\0nginx version: nginx/1.22.1\0y",
		    "generic nginx 1.22.1\n"),
		ROW("opt/or/nginx", "x\0nginx version: openresty/1.21.4.1\0y",
		    "generic openresty 1.21.4.1\n"),
		ROW("bin/redis-server", "\0002.6.0\0err\0007.0.15\0c11-builtin\0x",
		    "generic redis 7.0.15\n"),
		ROW("bin/redis-server", "\0002.6.0\0007.0.15\0x", ""),
		ROW("sbin/haproxy", "\0 version 2.6.12, released 2023/03/28\0",
		    "generic haproxy 2.6.12\n"),
		ROW("sbin/haproxy", "\0 version 2.6.12-1+deb12u4, released 2026\0",
		    "generic haproxy 2.6.12\n"),
		ROW("sbin/mysqld", "\00010.11.19-MariaDB\0", "generic mariadb 10.11.19\n"),
		ROW("sbin/mysqld", "/build/mysql-8.0.33/sql/x.cc\0", "generic mysql 8.0.33\n"),
		ROW("bin/openssl", "\0OpenSSL 1.1.1w  11 Sep 2023\0", "generic openssl 1.1.1w\n"),
		ROW("lib/libcrypto.so.3", "\0OpenSSL 3.0.22 25 Aug 2026\0",
		    "generic openssl 3.0.22\n"),
		ROW("sbin/sshd", "\0OpenSSH_7.4*\0OpenSSH_9.2p1 Debian\0",
		    "generic openssh 9.2p1\n"),
		ROW("bin/python3.11", "\0003.11.2\0003.2.0\00014.0.0\0", "generic python 3.11.2\n"),
		ROW("bin/python3.11", "\0003.11.2\0003.11.3\0", ""),
		ROW("bin/python3.10", "\0003.11.2\0", ""),
		ROW("lib/libpython3.11.so.1.0", "\0003.11.2\0003.40.1\0",
		    "generic python 3.11.2\n"),
		ROW("bin/ruby", "\0ruby 3.1.7p261 (2025-03-26\0", "generic ruby 3.1.7\n"),
		ROW("bin/ruby", "\0ruby 3.3.0 (2023-12-25\0", "generic ruby 3.3.0\n"),
		ROW("bin/ruby", "\0ruby 3.4.0preview1 (2024-05-16\0",
		    "generic ruby 3.4.0preview1\n"),
		ROW("bin/perl", "\0v5.36.0\0v6.1.0\0", "generic perl 5.36.0\n"),
		ROW("sbin/exim", "\0<<eximcnumber>>\0004.96\0<<eximversion>>\0",
		    "generic exim 4.96\n"),
		ROW("sbin/postgres", "\0postgres (PostgreSQL) 15.20\0",
		    "generic postgresql 15.20\n"),
		ROW("sbin/postgres", "\0postgres (PostgreSQL) 17beta1\0", ""),
		ROW("sbin/httpd", "\0Apache/2.4.57 (Unix)\0", "generic apache 2.4.57\n"),
		ROW("lib/server/libjvm.so", "\0OpenJDK 64-Bit Server VM (17.0.9+9) for\0",
		    "generic java 17.0.9\n"),
		/* HotSpot's own number, before Java 9 */
		ROW("lib/server/libjvm.so", "\0OpenJDK 64-Bit Server VM (25.392-b08) for\0", ""),
		ROW("usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/libcoreclr.so", "\0",
		    "generic dotnet 8.0.1\n"),
		ROW("x/Microsoft.NETCore.App/latest/libcoreclr.so", "\0", ""),
		/* another file with the same words */
		ROW("bin/vim", "x\0nginx version: nginx/1.22.1\0y", ""),
		ROW("bin/nginx2", "x\0nginx version: nginx/1.22.1\0y", ""),
		/* no number, or one that goes on */
		ROW("usr/sbin/nginx", "x\0nginx version: nginx/%s\0", ""),
		ROW("usr/sbin/nginx", "x\0nginx version: nginx/1.22\0", ""),
		ROW("usr/sbin/nginx", "x\0nginx version: nginx/1.22.1x\0", ""),
		ROW("usr/sbin/nginx",
		    "x\0nginx version: nginx/1.22.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1\0", ""),
		ROW("usr/sbin/nginx", "x\0nginx version: nginx/1.12345678901.1\0", ""),
		ROW("usr/sbin/nginx", "x\0nginx version: nginx/1.25.0-rc1\0",
		    "generic nginx 1.25.0-rc1\n"),
#undef ROW
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf elf = buf_max(MIB);
		const struct elf_made_section s[] = { { ".rodata",
							bytes_of(rows[i].constants, rows[i].n) } };
		elf_make(s, 1, 0, &elf);
		check_file(APP_ELF, rows[i].path, buf_view(&elf), rows[i].packages);
	}
}

/* The window of the scan moves; a version may lie across its end. */
static void a_version_is_found_wherever_it_lies(void **state)
{
	(void)state;
	static const char words[] = "nginx version: nginx/1.22.1";
	enum { NEAR = 64 * 1024 };
	for (size_t at = NEAR - 40; at < NEAR + 10; at++) {
		cleanup_buf struct buf elf = buf_max(MIB), constants = buf_max(MIB);
		assert_int_equal(buf_reserve(&constants, 200000, NULL), 0);
		memset(constants.p, 0, 200000);
		memcpy(constants.p + at, words, strlen(words));
		constants.n = 200000;
		const struct elf_made_section s[] = { { ".rodata", buf_view(&constants) } };
		elf_make(s, 1, 0, &elf);
		check_file(APP_ELF, "sbin/nginx", buf_view(&elf), "generic nginx 1.22.1\n");
	}
}

/* Nothing but numbers and dots: every dot is looked at, in constant time. */
static void a_file_of_dots_costs_linear_time(void **state)
{
	(void)state;
	cleanup_buf struct buf elf = buf_max(64 * MIB), constants = buf_max(64 * MIB);
	assert_int_equal(buf_reserve(&constants, 8 * MIB, NULL), 0);
	for (size_t i = 0; i < 8 * MIB; i++)
		constants.p[i] =
			"1.1.1 nginx/1."[i % 14] == ' ' ? 0 : (uint8_t) "1.1.1 nginx/1."[i % 14];
	constants.n = 8 * MIB;
	const struct elf_made_section s[] = { { ".rodata", buf_view(&constants) } };
	elf_make(s, 1, 0, &elf);
	cleanup_file_read struct file_read r = file_read(APP_ELF, "bin/python3.11", buf_view(&elf));
	assert_int_equal(r.err.code, ERR_NONE);
	assert_true(r.bytes_read < 3 * elf.n);
}

static void texts_tell_their_version(void **state)
{
	(void)state;
	static const struct {
		const char *path, *text, *packages;
	} rows[] = {
		{ "usr/lib/jvm/x/release", "IMPLEMENTOR=\"N/A\"\nJAVA_VERSION=\"17.0.9\"\n",
		  "generic java 17.0.9\n" },
		{ "usr/lib/jvm/x/release", "JAVA_VERSION=\"1.8.0_392\"\n",
		  "generic java 8.0.392\n" },
		{ "usr/lib/jvm/x/release", "JAVA_VERSION=\"21\"\n", "generic java 21\n" },
		{ "etc/release", "Welcome to 1.2.3\n", "" },
		{ "opt/tomcat/RELEASE-NOTES",
		  "\n   Apache Tomcat Version 9.0.65\n   Release Notes\n",
		  "generic tomcat 9.0.65\n" },
		{ "usr/lib/erlang/releases/25/OTP_VERSION", "25.2.3\n", "generic erlang 25.2.3\n" },
		{ "opt/r/plugins/rabbit-3.10.8/ebin/rabbit.app",
		  "{application, 'rabbit', [\n\t{vsn, \"3.10.8\"},\n",
		  "generic rabbitmq 3.10.8\n" },
		{ "usr/local/go/VERSION", "go1.20.5", "generic golang 1.20.5\n" },
		{ "srv/core/lib/Drupal.php", "class Drupal {\n  const VERSION = '10.1.2';\n",
		  "generic drupal 10.1.2\n" },
		{ "srv/core/lib/Drupal.php", "class Drupal {\n  const VERSION = '11.0-dev';\n",
		  "" },
		{ "srv/includes/bootstrap.inc", "define('VERSION', '7.98');",
		  "generic drupal 7.98\n" },
		{ "srv/administrator/manifests/files/joomla.xml",
		  "<?xml version=\"1.0\"?><extension version=\"3.6\"><version>4.3.2</version>",
		  "generic joomla 4.3.2\n" },
		{ "pma/libraries/classes/Version.php",
		  "public const VERSION = '5.2.1' . VERSION_SUFFIX;\n",
		  "generic phpmyadmin 5.2.1\n" },
		{ "w/includes/Defines.php", "define( 'MW_VERSION', '1.39.4' );",
		  "generic mediawiki 1.39.4\n" },
		{ "nc/version.php", "$OC_VersionString = '27.0.1';", "generic nextcloud 27.0.1\n" },
		{ "m/version.php", "$release  = '4.2.1 (Build: 20230612)';",
		  "generic moodle 4.2.1\n" },
		{ "jetty/VERSION.txt", "jetty-9.4.51.v20230217 - 17 February 2023\n",
		  "generic jetty 9.4.51\n" },
		{ "spark/RELEASE",
		  "Spark 3.4.1 (git revision 6b1ff22dde1) built for Hadoop 3.3.4\n",
		  "generic spark 3.4.1\n" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = bytes_str(rows[i].text);
		assert_int_equal(apps_classify(bytes_str(rows[i].path), 0644, text.n), APP_PRODUCT);
		check_file(APP_PRODUCT, rows[i].path, text, rows[i].packages);
	}
}

static void wordpress_and_its_extensions_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *path, *text, *packages;
	} rows[] = {
		{ "srv/wp-includes/version.php",
		  "<?php\n$wp_version = '6.1.9';\n$wp_db_version = 1;\n",
		  "generic wordpress 6.1.9\n" },
		{ "srv/wp-includes/version.php", "<?php\n", "" },
		{ "srv/wp-content/plugins/akismet/akismet.php",
		  "<?php\n/**\n * @package Akismet\n */\n/*\nPlugin Name: Akismet\nVersion: "
		  "5.0.2\n*/\n",
		  "wordpress akismet 5.0.2\n" },
		{ "srv/wp-content/plugins/akismet/class.php", "<?php\n/* Version: 1.0 */\n", "" },
		{ "srv/wp-content/plugins/hello.php",
		  "<?php\n/*\n * Plugin Name: Hello Dolly\r\n * Version: 1.7.2\r\n */",
		  "wordpress hello-dolly 1.7.2\n" },
		{ "srv/wp-content/plugins/one.php", "/* Plugin Name: One\n Version: {{v}} */",
		  "wordpress one \n" },
		{ "srv/wp-content/themes/twenty/style.css",
		  "/*\nTheme Name: Twenty\nVersion: 1.1\n*/", "wordpress twenty 1.1\n" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes text = bytes_str(rows[i].text);
		assert_int_equal(apps_classify(bytes_str(rows[i].path), 0644, text.n),
				 APP_WORDPRESS);
		check_file(APP_WORDPRESS, rows[i].path, text, rows[i].packages);
	}
}

static void javascript_libraries_name_themselves(void **state)
{
	(void)state;
	static const struct {
		const char *path, *text, *packages;
	} rows[] = {
		{ "a.js", "/*! jQuery v3.6.1 | (c) OpenJS */", "npm jquery 3.6.1\n" },
		{ "a.js", "/*!\n * jQuery JavaScript Library v1.12.4\n", "npm jquery 1.12.4\n" },
		{ "a.js", "/*!\r\n * jQuery JavaScript Library v3.0.0-alpha1\r\n",
		  "npm jquery 3.0.0-alpha1\n" },
		{ "a.js", "/*! jQuery UI - v1.13.2 - 2022-07-14", "npm jquery-ui 1.13.2\n" },
		{ "a.js", "/*!\n  * Bootstrap v4.6.2 (https://getbootstrap.com/)",
		  "npm bootstrap 4.6.2\n" },
		{ "a.js", "/**\n * @license\n * Lodash <https://lodash.com/>\n", "" },
		{ "a.js", "/*!\n * Vue.js v2.6.14\n", "npm vue 2.6.14\n" },
		{ "a.js", "//! moment.js\n//! version : 2.29.4\n", "npm moment 2.29.4\n" },
		{ "a.js", "/** @license React v16.13.1\n", "" },
		{ "a.js", "/** @license React v16.13.1\n * react-dom.production.min.js\n",
		  "npm react-dom 16.13.1\n" },
		{ "a.js", "Y,Q=\"4.17.20\",X=200,nn=\"Unsupported core-js use. Try",
		  "npm lodash 4.17.20\n" },
		{ "a.js", "Y,Q=\"4.17.20\",X=200,nn=\"Unsupported use. Try", "" },
		{ "a.js", "/*! @license DOMPurify 2.4.0 | (c) Cure53", "npm dompurify 2.4.0\n" },
		{ "a.js", "/*! jQuery v3.6.1 | */\n/*! jQuery v1.2.3 | */ /*! Select2 4.0.13 |",
		  "npm jquery 3.6.1\nnpm select2 4.0.13\n" },
		{ "x/jquery-3.3.1.min.js", "no words", "npm jquery 3.3.1\n" },
		{ "x/jquery-3.3.1.slim.min.js", "no words", "npm jquery 3.3.1\n" },
		{ "x/jquery-3.3.1.js", "/*! jQuery v3.3.2 |", "npm jquery 3.3.2\n" },
		{ "x/jquery-ui-1.2.js", "no words", "" },
		{ "x/angular-animate-1.2.3.js", "no words", "" },
		{ "a.js", "requires jQuery 1.7 or later", "" },
		{ "a.js", "", "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		check_file(APP_JAVASCRIPT, rows[i].path, bytes_str(rows[i].text), rows[i].packages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_tell_their_version),
		cmocka_unit_test(a_version_is_found_wherever_it_lies),
		cmocka_unit_test(a_file_of_dots_costs_linear_time),
		cmocka_unit_test(texts_tell_their_version),
		cmocka_unit_test(wordpress_and_its_extensions_are_told),
		cmocka_unit_test(javascript_libraries_name_themselves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

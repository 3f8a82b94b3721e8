/* The rules that come with the program, their samples, and specimens of techniques:
 * harmless in effect, each with the rule that must tell it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "webshell/webshell.h"

struct specimen {
	const char *path, *text;
	const char *rule; /* the one that fires; NULL: none does */
};

static struct check_rules *rules;
static struct check_set *set;
static struct webshell_engine *engine;

static int open_all(void **state)
{
	struct error err = { 0 };
	char dir[4096];
	const char *dirs[1] = { dir };
	const char *data = getenv("CORTEN_TEST_DATA");
	int fd = -1;
	(void)state;
	(void)snprintf(dir, sizeof dir, "%s/../../rules", data == NULL ? "test/data" : data);
	struct check_rule_options o = { .dirs = dirs, .dir_count = 1 };
	if (check_rules_load(&o, &rules, &err) < 0 ||
	    check_rules_send(rules, 1U << CHECK_MALWARE, &fd, &err) < 0 ||
	    check_set_open(fd, &set, &err) < 0 || webshell_open(set, &engine, &err) < 0)
		fail_msg("%s", err.text);
	(void)close(fd);
	return engine == NULL;
}

static int close_all(void **state)
{
	(void)state;
	webshell_close(engine);
	check_set_close(set);
	check_rules_free(rules);
	return 0;
}

static int on_sample(void *ctx, const struct check_sample *s, bool passed, struct error *err)
{
	struct check_rule_info info;
	(void)err;
	check_rule_info(rules, s->rule, &info);
	if (strcmp(info.engine, "webshell") != 0)
		return 0;
	if (!passed)
		print_error("%s: %s sample %u fails\n", info.id, s->fires ? "firing" : "silent",
			    s->number);
	*(unsigned *)ctx += !passed;
	return 0;
}

static int try_own(const struct check_set *one, const struct check_sample *s, bool *ret_fired,
		   struct error *err)
{
	struct check_rule_info info;
	check_rule_info(rules, s->rule, &info);
	*ret_fired = s->fires;
	return strcmp(info.engine, "webshell") != 0 ? 0 : webshell_try(one, s, ret_fired, err);
}

static void every_rule_fires_on_its_samples_and_only_on_those(void **state)
{
	struct error err = { 0 };
	unsigned failed = 0;
	(void)state;
	assert_int_equal(
		check_rules_test(rules, CHECK_MALWARE, SIZE_MAX, try_own, on_sample, &failed, &err),
		0);
	assert_int_equal(failed, 0);
}

struct told {
	const char *want;
	bool wanted, any;
	char first[128];
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct told *t = ctx;
	struct check_rule_info info;
	(void)err;
	check_rule_info(rules, m->rule, &info);
	t->any = true;
	t->wanted |= t->want != NULL && strcmp(info.id + strlen("malware/"), t->want) == 0;
	(void)snprintf(t->first, sizeof t->first, "%s", info.id);
	assert_true(m->line > 0);
	assert_true(m->evidence.n <= CHECK_EVIDENCE_MAX);
	return 0;
}

static unsigned try_all(const struct specimen *list, size_t n)
{
	unsigned failed = 0;
	for (size_t i = 0; i < n; i++) {
		struct told t = { .want = list[i].rule };
		struct check_sink sink = { on_match, NULL, &t };
		struct error err = { 0 };
		assert_int_equal(webshell_check(engine, bytes_str(list[i].path),
						bytes_str(list[i].text), &sink, &err),
				 0);
		bool good = list[i].rule == NULL ? !t.any : t.wanted;
		if (!good)
			print_error("%zu: %s: wanted %s, told %s\n", i, list[i].text,
				    list[i].rule == NULL ? "nothing" : list[i].rule,
				    t.any ? t.first : "nothing");
		failed += !good;
	}
	return failed;
}

#define EVAL "webshell-php-input-evaluated"
#define COMMAND "webshell-php-input-command"
#define CALLED "webshell-php-input-called"
#define PACKED "webshell-php-encoded-evaluated"
#define DROP "webshell-php-file-dropped"
#define PERL "webshell-perl-input-command"
#define PYTHON "webshell-python-input-command"

static void php_shells_are_told_through_their_disguises(void **state)
{
	static const struct specimen list[] = {
		{ "a.php", "<?php passthru(getenv(\"HTTP_X\"));", COMMAND },
		{ "a.php", "<?php passthru(getenv(\"PATH\"));", NULL },
		{ "a.php", "<?php eval($HTTP_POST_VARS['x']);", EVAL },
		{ "a.php",
		  "<?php $n = is_numeric($_GET['n']) ? $_GET['n'] : 6; popen(\"a $n\", 'r');",
		  NULL },
		{ "a.php",
		  "<?php $k = $_GET['k']; if (!preg_match('/^[a-z]+$/', $k)) exit; system($k);",
		  NULL },
		{ "a.php", "<?php if (is_numeric($_GET['n'])) system($_GET['c']);", COMMAND },
		{ "a.php",
		  "<?php $t = file_get_contents('php://input'); $t[0] = $t[0] ^ 'k'; $p = "
		  "explode('|', $t); eval($p[1]);",
		  EVAL },
		{ "a.php",
		  "<?php class C { public function __invoke($p) { eval($p); } } "
		  "call_user_func(new C(), $_POST['x']);",
		  EVAL },
		{ "a.php", "<?php preg_match('/x(.*)/', $_POST['x'], $m); eval($m[1]);", EVAL },
		{ "a.php", "<?php preg_match('/x(.*)/', $_GET['x'], $m); system($m[1]);", NULL },
		{ "a.php", "<?php preg_replace('/a/e', 'ev'.'al(base64_decode($x))', 'a');",
		  PACKED },
		{ "a.php", "<?php $f = create_function('$a,$b', 'ev'.'al($b);'); $f(1, $x);",
		  PACKED },
		{ "a.php", "<?php eval($_POST['a']);", EVAL },
		{ "a.php", "<?php /* x */ @eval /* y */ ( $_REQUEST [ 'a' ] ) ;", EVAL },
		{ "a.php", "<?= eval($_GET[1]) ?>", EVAL },
		{ "a.php", "<script language=\"php\">eval($_POST['a']);</script>", EVAL },
		{ "a.php", "<?php $a = $_POST; $b = $a['x']; eval($b);", EVAL },
		{ "a.php", "<?php eval(\"$_POST[x]\");", EVAL },
		{ "a.php", "<?php eval(\"return {$_POST['x']};\");", EVAL },
		{ "a.php", "<?php $f='a'.'s'.'s'.'e'.'r'.'t'; $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $f=strrev('tressa'); $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $f=str_replace('x','','axsxsxexrxt'); $f($_POST['x']);", EVAL },
		{ "a.php",
		  "<?php $f=chr(97).chr(115).chr(115).chr(101).chr(114).chr(116); $f($_POST['x']);",
		  EVAL },
		{ "a.php", "<?php $f=base64_decode('YXNzZXJ0'); $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $f=hex2bin('617373657274'); $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $f=\"\\x61\\x73\\163\\x65\\x72t\"; $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $f=('!'^'@').'ssert'; $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $f=~(~'assert'); $f($_POST['x']);", EVAL },
		{ "a.php", "<?php $a='z'; $a='a'; $a++; $f='sy'.'st'.'em'; $f($_POST['x']);",
		  COMMAND },
		{ "a.php", "<?php eval(base64_decode('ZXZhbCgkX1BPU1RbJ2EnXSk7'));", EVAL },
		{ "a.php", "<?php eval(str_rot13('riny($_CBFG[n]);'));", PACKED },
		{ "a.php", "<?php $x='_PO'.'ST'; eval($$x['a']);", EVAL },
		{ "a.php", "<?php eval(${'_PO'.'ST'}['a']);", EVAL },
		{ "a.php", "<?php eval($GLOBALS['_POST']['a']);", EVAL },
		{ "a.php", "<?php extract($_POST); eval($a);", EVAL },
		{ "a.php", "<?php parse_str($_SERVER['QUERY_STRING'], $o); eval($o['a']);", EVAL },
		{ "a.php", "<?php eval(getallheaders()['X-A']);", EVAL },
		{ "a.php", "<?php eval(file_get_contents('php://input'));", EVAL },
		{ "a.php", "<?php eval(filter_input(INPUT_POST, 'a'));", EVAL },
		{ "a.php", "<?php eval($_SERVER['HTTP_USER_AGENT']);", EVAL },
		{ "a.php", "<?php function r($a){return $a;} eval(r($_POST['a']));", EVAL },
		{ "a.php", "<?php function r($a){eval($a);} r($_POST['a']);", EVAL },
		{ "a.php",
		  "<?php class A{public $c; function go(){eval($this->c);}} $a=new A; "
		  "$a->c=$_POST['a']; $a->go();",
		  EVAL },
		{ "a.php", "<?php array_map('assert', array($_POST['a']));", EVAL },
		{ "a.php", "<?php usort($_POST, 'assert');", EVAL },
		{ "a.php", "<?php call_user_func('system', $_POST['a']);", COMMAND },
		{ "a.php", "<?php call_user_func_array($_GET['f'], $_POST);", CALLED },
		{ "a.php", "<?php $_POST['a']($_POST['b']);", CALLED },
		{ "a.php", "<?php list($a,$b)=array('system',$_GET['x']); $a($b);", COMMAND },
		{ "a.php", "<?php define('F','system'); $f=F; $f($_GET['x']);", COMMAND },
		{ "a.php", "<?php preg_replace('/.*/e', $_POST['a'], 'x');", EVAL },
		{ "a.php", "<?php create_function('', $_POST['a']);", EVAL },
		{ "a.php", "<?php (new ReflectionFunction('system'))->invoke($_GET['c']);",
		  COMMAND },
		{ "a.php", "<?php echo `{$_GET['c']}`;", COMMAND },
		{ "a.php",
		  "<?php goto b; a: eval($x); goto c; b: $x=$_POST['a']; goto a; c:", EVAL },
		{ "a.php", "<?php $p = popen($_GET['c'], 'r');", COMMAND },
		{ "a.php", "<?php file_put_contents($_POST['f'], base64_decode($_POST['c']));",
		  DROP },
		{ "a.jpg", "\xff\xd8\xff<?php eval($_POST['a']); ?>", EVAL },
		{ "a.php", "@eval($_POST['a']);", EVAL },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

static void clean_php_stays_silent(void **state)
{
	static const struct specimen list[] = {
		{ "a.php", "<?php $x = intval($_GET['a']); eval(\"\\$y = $x;\");", NULL },
		{ "a.php", "<?php // eval($_POST['a']);", NULL },
		{ "a.php", "<?php echo 'eval($_POST[a])';", NULL },
		{ "a.php", "<p>eval($_POST['a'])</p>", NULL },
		{ "a.php", "\n\t<p>eval($_POST['a'])</p>", NULL },
		{ "a.php", "<?php include 'lib/' . $_GET['page'] . '.php';", NULL },
		{ "a.php", "<?php $m = 'action' . $_GET['a']; $this->$m();", NULL },
		{ "a.php", "<?php array_map('trim', $_POST);", NULL },
		{ "a.php", "<?php usort($_POST['list'], 'strcmp');", NULL },
		{ "a.php", "<?php call_user_func(array($this, 'run'), $_POST['a']);", NULL },
		{ "a.php", "<?php exec('ls ' . escapeshellarg($_GET['d']));", NULL },
		{ "a.php", "<?php $pdo->exec($_POST['q']);", NULL },
		{ "a.php", "<?php preg_replace('/e/', $_POST['a'], 'x');", NULL },
		{ "a.php",
		  "<?php $f = base64_decode($_POST['img']); file_put_contents('/srv/x.png', $f);",
		  NULL },
		{ "a.php", "<?php eval('return 1;');", NULL },
		{ "a.php", "<?php $x = <<<E\neval(\\$_POST['a']);\nE;\n", NULL },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

static void pages_of_other_languages_are_told(void **state)
{
	static const struct specimen list[] = {
		{ "a.jsp", "<% \\u0052untime.getRuntime().exec(request.getParameter(\"c\")); %>",
		  "webshell-jsp-input-command" },
		{ "a.jspx",
		  "<jsp:root "
		  "xmlns:jsp=\"x\"><jsp:scriptlet><![CDATA[Runtime.getRuntime().exec(request."
		  "getParameter(\"c\"));]]></jsp:scriptlet></jsp:root>",
		  "webshell-jsp-input-command" },
		{ "a.jsp",
		  "<% Object r = Class.forName(\"java.lang.Runtime\").getMethod(\"exec\", "
		  "String.class).invoke(x, request.getParameter(\"c\")); %>",
		  "webshell-jsp-input-command" },
		{ "a.jsp",
		  "<% Runtime.getRuntime().exec(\"date\"); out.print(request.getParameter(\"c\")); "
		  "%>",
		  NULL },
		{ "a.asp", "<%\nDim s\ns = Request.Form(\"a\")\nExecute s\n%>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp", "<% conn.Execute(Request(\"q\")) %>", NULL },
		{ "a.asp",
		  "<script language=vbscript runat=server>\nFunction f(x)\nf = x\nEnd "
		  "Function\nEval f(Request(\"a\"))\n</script>",
		  "webshell-asp-input-evaluated" },
		{ "a.aspx",
		  "<%@ Page Language=\"Jscript\"%><%eval(Request.Item[\"a\"],\"unsafe\");%>",
		  "webshell-aspx-input-evaluated" },
		{ "a.php",
		  "<%@ page import=\"java.io.*\"%><% new ProcessBuilder(request."
		  "getParameter(\"c\")).start(); %>",
		  "webshell-jsp-input-command" },
		{ "a.php", "<% ExecuteGlobal Request(\"c\") %>", "webshell-asp-input-evaluated" },
		{ "a.asp",
		  "<%@ Page Language=\"C#\"%><%@ import Namespace=\"System\"%><% "
		  "Process.Start(Request[\"c\"]); %>",
		  "webshell-aspx-input-command" },
		{ "a.aspx",
		  "<%@ Page Language=Jscript%><% var p = \"e\"+\"v\"+\"a\"+\"l\"+\"(\"+\"R\"+\"e\"+"
		  "\"q\"+\"u\"+\"e\"+\"s\"+\"t\"+\"[0])\"; eval(p); %>",
		  "webshell-aspx-input-evaluated" },
		{ "a.cfm", "<cfexecute name=\"#url.c#\">", "webshell-cfm-input-command" },
		{ "a.pl", "#!/usr/bin/perl\nuse CGI;\nmy $q = new CGI;\nsystem($q->param('c'));\n",
		  "webshell-perl-input-command" },
		{ "a.py", "import os, cgi\nf = cgi.FieldStorage()\nos.system(f['c'].value)\n",
		  "webshell-python-input-command" },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

static void names_that_are_written_nowhere_are_told(void **state)
{
	static const struct specimen list[] = {
		{ "a.php",
		  "<?php $_c = chr(99).chr(104).chr(114); $_f = $_c(101).$_c(120)."
		  "$_c(101).$_c(99); $_f($x);",
		  "webshell-php-hidden-name" },
		{ "a.php", "<?php $a='@'^'%';$b='OR'|'JS';$f=('VPUWS'|'QQTAW')^zIyXA; $x->f();",
		  NULL },
		{ "a.php", "<?php $f = str_replace(q, '', 'qsqhqeqlqlq_qeqxqeqc'); $f(${'x'});",
		  "webshell-php-hidden-name" },
		{ "a.php", "<?php $f = 'ass' . $t . 'ert'; $f($x); echo 'exec';", NULL },
		{ "a.php", "<?php $f = 'ex' . 'ec'; $x = 'ls'; $f($x); exec('date');", NULL },
		{ "a.php", "<?php $f = 'ex' . 'ec'; $f($x); exec('date');",
		  "webshell-php-unset-run" },
		{ "a.php",
		  "<?php filter_var($_GET['a'], FILTER_CALLBACK, array('options' => "
		  "'assert'));",
		  "webshell-php-input-evaluated" },
		{ "a.php",
		  "<?php filter_var($_GET['a'], FILTER_CALLBACK, array('options' => "
		  "'trim'));",
		  NULL },
		{ "a.php",
		  "<?php $e = $_POST['e']; $l = array($_POST['x'] => 'a'); array_walk($l, "
		  "$e);",
		  "webshell-php-input-called" },
		{ "a.php", "<?php session_start(); eval($_SESSION['x']);",
		  "webshell-php-input-evaluated" },
		{ "a.asp", "<% Session(\"a\") = Request(\"a\") : Execute Session(\"a\") %>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp", "<% Response.Write Session(\"a\") : Execute \"x = 1\" %>", NULL },
		{ "a.asp", "<% Set f = CreateObject(\"ADODB\" & \".Stream\") %>",
		  "webshell-asp-hidden-object" },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

static void values_are_followed_through_statements_and_checks(void **state)
{
	static const struct specimen list[] = {
		/* calls without brackets are gone into at a statement's end, and at the page's */
		{ "a.asp", "<% x = \"eval(request(\"\"a\"\"))\"\nexecute x\ny = 1 %>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp",
		  "<% x = replace(\"e0val(request(\"\"a\"\"))\", \"0\", \"\") : execute x %>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp", "<% x = \"y = 1\"\nexecute x\nresponse.write request(\"a\") %>", NULL },
		{ "a.asp",
		  "<% execute(u(h))\nfunction u(c)\nfor i = 1 to len(c)\nt = Mid(c, i, 1) + t\n"
		  "next\nu = t\nend function %>",
		  "webshell-asp-encoded-evaluated" },
		{ "a.php",
		  "<?php $s = $s . 'base6'; $s = $s . substr('x4_dey', 1, 4) . 'code'; "
		  "eval($s($x));",
		  "webshell-php-hidden-name" },
		{ "a.php", "<?php include 'a.php'; $s = $s . 'bas' . 'e64_decode'; $s($x);", NULL },
		{ "a.php",
		  "<?php $f = chr(97).'ssert'; /* assert */ session_set_save_handler('o', 'c', "
		  "$f);",
		  "webshell-php-output-run" },
		{ "a.php",
		  "<?php $e = exif_read_data('a.jpg'); preg_replace($e['Make'], $e['Model'], '');",
		  EVAL },
		{ "a.php", "<?php $c = 'system'; ${c}($_POST[4]);", COMMAND },
		{ "a.php",
		  "<?php $e = preg_replace('{[^a-z0-9-]}i', '', $_GET['e']); "
		  "fwrite(fopen('/var/log/x' . $e, 'w'), $_POST['x']);",
		  NULL },
		{ "a.php",
		  "<?php $e = preg_replace('/[^a-z.]/', '', $_GET['e']); "
		  "fwrite(fopen('/var/log/x' . $e, 'w'), $_POST['x']);",
		  "webshell-php-file-placed" },
		{ "a.php",
		  "<?php if (preg_match('~^(a|b)/[-_.a-z0-9]+$~i', $_GET['f'])) "
		  "highlight_file($_GET['f']);",
		  NULL },
		{ "a.php", "<?php interface F { public function copy($from, $to); }", NULL },
		{ "a.php",
		  "<?php class A { function f() { move_uploaded_file($_FILES['f']['tmp_name'], "
		  "'a/' . $_FILES['f']['name']); } }",
		  NULL },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

static void what_stands_behind_a_condition_may_not_happen(void **state)
{
	static const struct specimen list[] = {
		{ "a.php", "<?php $f = $_GET['f']; if ($f == '') $f = 'x'; eval($f);", EVAL },
		{ "a.php", "<?php $f = $_GET['f']; if ($f == ''): $f = 'x'; endif; eval($f);",
		  EVAL },
		{ "a.php", "<?php if (isset($_GET['f'])) $f = $_GET['f']; else $f = 'x'; eval($f);",
		  EVAL },
		{ "a.php", "<?php if ($a): $f = $_GET['f']; else: $f = 'x'; endif; eval($f);",
		  EVAL },
		{ "a.php", "<?php if ($a) $f = $_GET['f']; $f = 'x'; eval($f);", NULL },
		{ "a.php", "<?php if ($a): $f = $_GET['f']; endif; $f = 'x'; eval($f);", NULL },
		{ "a.php", "<?php if ($a) if ($b) $f = $_GET['f']; $f = 'x'; eval($f);", NULL },
		{ "a.asp",
		  "<% f = request(\"f\")\nIf f = \"\" Then\nf = \"x\"\nEnd If\nexecute f %>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp", "<% f = request(\"f\")\nIf f = \"\" Then f = \"x\"\nexecute f %>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp",
		  "<% If a Then\nf = request(\"f\")\nElse\nf = \"x\"\nEnd If\nexecute f %>",
		  "webshell-asp-input-evaluated" },
		{ "a.asp", "<% If a Then\nf = request(\"f\")\nEnd If\nf = \"x\"\nexecute f %>",
		  NULL },
		{ "a.asp",
		  "<% If a Then f = request(\"f\") Else f = \"y\"\nf = \"x\"\nexecute f %>", NULL },
		{ "a.pl",
		  "#!/usr/bin/perl\n$c = param('c'); $c = 'ls' unless $c; open(F, \"$c |\");",
		  PERL },
		{ "a.pl",
		  "#!/usr/bin/perl\n$c = param('c'); $d = 1 if $c; $c = 'ls'; open(F, \"$c |\");",
		  NULL },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

static void perl_is_followed_in_its_own_ways(void **state)
{
	static const struct specimen list[] = {
		{ "a.cgi", "my $c = $ENV{QUERY_STRING}; chomp($c); print `$c`;", PERL },
		{ "a.cgi", "read(STDIN, $c, $ENV{CONTENT_LENGTH}); system($c);", PERL },
		{ "a.cgi",
		  "%F = p($ENV{QUERY_STRING}); system($F{cmd}); sub p ($) { my %r; my $i = shift; "
		  "foreach my $p (split('&', $i)) { my ($n, $v) = split('=', $p); $r{$n} = $v; } "
		  "return %r; }",
		  PERL },
		{ "a.cgi",
		  "&rp(); if (!defined$p{cmd}){$p{cmd}='ls'}; open(F, \"cd $p{dir}&&$p{cmd}|\"); "
		  "sub rp { $b = \"$ENV{'QUERY_STRING'}\"; @l = split(/&/, $b); foreach $x (@l) { "
		  "($n, $v) = split(/=/, $x); $p{$n} = $v; } }",
		  PERL },
		{ "a.cgi",
		  "print << \"[end]\";\n<a href='$x'>sub x {\n[end]\nsystem($ENV{PATH_INFO});",
		  PERL },
		{ "a.cgi", "system('/bin/sh', '-c', $ENV{QUERY_STRING});", PERL },
		{ "a.cgi", "system('svn', 'log', $ENV{QUERY_STRING});", NULL },
		{ "a.cgi", "my @c = ('svn', 'log'); push @c, $ENV{QUERY_STRING}; exec(@c);", NULL },
		{ "a.cgi", "open3(\\*W, \\*R, 0, 'cvs', $ENV{QUERY_STRING});", NULL },
		{ "a.cgi", "sub f { my $c = $ENV{QUERY_STRING}; } $c = 'date'; f(); system($c);",
		  NULL },
		{ "a.cgi", "if ($ENV{REQUEST_METHOD} = 'POST') { } system($ENV{QUERY_STRING});",
		  PERL },
	};
	char page[1024];
	unsigned failed = 0;
	(void)state;
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		(void)snprintf(page, sizeof page, "#!/usr/bin/perl\n%s\n", list[i].text);
		const struct specimen one = { list[i].path, page, list[i].rule };
		failed += try_all(&one, 1);
	}
	assert_int_equal(failed, 0);
}

static void python_servers_are_followed(void **state)
{
	static const struct specimen list[] = {
		{ "a.py",
		  "import os\n@app.route('/<path:c>')\ndef x(c):\n    return os.popen(c).read()\n",
		  PYTHON },
		{ "a.py", "import os\n@app.get('/')\nasync def x(c: str):\n    os.system(c)",
		  PYTHON },
		{ "a.py", "import os\n@cached\n@app.post('/')\ndef x(c):\n    os.system(c)",
		  PYTHON },
		{ "a.py",
		  "import os\ndef get(c):\n    os.system(c)\n@app.get('/')\ndef y():\n    pass",
		  NULL },
		{ "a.py",
		  "import os\nfrom urllib.parse import urlparse, parse_qs\n"
		  "class H(BaseHTTPRequestHandler):\n    def do_GET(self):\n"
		  "        q = parse_qs(urlparse(self.path).query)\n        os.popen(q['c'][0])\n",
		  PYTHON },
		{ "a.py",
		  "import os\nfrom urllib.parse import unquote\n"
		  "os.system(unquote(os.environ['QUERY_STRING']))\n",
		  PYTHON },
		{ "a.py", "import os\nclass F:\n    def go(self):\n        os.system(self.path)\n",
		  NULL },
		{ "a.py",
		  "import web, os\nclass i:\n    def GET(self):\n        os.popen(web.input().c)",
		  PYTHON },
	};
	(void)state;
	assert_int_equal(try_all(list, sizeof list / sizeof list[0]), 0);
}

/* In a large page a function that says nothing is not read where it is written. */
static void functions_of_large_pages_are_read_where_they_are_called(void **state)
{
	static const struct specimen list[] = {
		{ "a.php", "function n() { return 'ass' . 'ert'; } $f = n(); $f($_POST['a']);",
		  EVAL },
		{ "a.php", "function in($k) { return trim($k); } eval(in($_POST['a']));", EVAL },
		{ "a.php",
		  "class S { function __construct($a) { $this->a = $a; } "
		  "function go() { return $this->a; } } "
		  "$s = new S($_GET['c']); system($s->go());",
		  COMMAND },
		{ "a.php", "$f = function ($a) { return $a; }; eval($f($_POST['a']));", EVAL },
		{ "a.php", "function f() { $g = 'a'; $g($_POST['a']); } function g() { return 1; }",
		  NULL },
		{ "a.php",
		  "class S { private $p; function a() { return 1; } "
		  "function b() { eval($_POST['a']); } }",
		  EVAL },
		{ "a.php", "function a() { return `{$_GET['c']}`; }", COMMAND },
		{ "a.php", "function a() { $x = '_POST'; eval($$x['a']); }", EVAL },
		{ "a.php", "function a() { return new $_GET['c']($_GET['d']); }",
		  "webshell-php-input-class" },
		{ "a.php", "function a() { return 1; } echo a(); eval('return 1;');", NULL },
	};
	char page[8192];
	unsigned failed = 0;
	(void)state;
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
		(void)snprintf(page, sizeof page, "<?php /*%04000d*/ %s", 0, list[i].text);
		const struct specimen large = { list[i].path, page, list[i].rule };
		failed += try_all(&large, 1);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_fires_on_its_samples_and_only_on_those),
		cmocka_unit_test(php_shells_are_told_through_their_disguises),
		cmocka_unit_test(clean_php_stays_silent),
		cmocka_unit_test(pages_of_other_languages_are_told),
		cmocka_unit_test(names_that_are_written_nowhere_are_told),
		cmocka_unit_test(values_are_followed_through_statements_and_checks),
		cmocka_unit_test(what_stands_behind_a_condition_may_not_happen),
		cmocka_unit_test(python_servers_are_followed),
		cmocka_unit_test(perl_is_followed_in_its_own_ways),
		cmocka_unit_test(functions_of_large_pages_are_read_where_they_are_called),
	};
	return cmocka_run_group_tests(tests, open_all, close_all);
}

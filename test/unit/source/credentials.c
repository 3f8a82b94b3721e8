#include "source/credentials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "source/docker_config.h"

/* --- the file --- */

static const struct sample {
	const char *text, *host;
	const char *username, *password, *identity, *helper;
} samples[] = {
	/* docker login, password in the file */
	{ "{\"auths\":{\"ghcr.io\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}", "ghcr.io", "user", "secret",
	  NULL, "" },
	{ "{\"auths\":{\"ghcr.io\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}", "quay.io", NULL, NULL, NULL,
	  "" },
	{ "{\"auths\":{\"https://index.docker.io/v1/\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}",
	  "registry-1.docker.io", "user", "secret", NULL, "" },
	{ "{\"auths\":{\"docker.io\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}", "registry-1.docker.io",
	  "user", "secret", NULL, "" },
	{ "{\"auths\":{\"https://ghcr.io/v2/\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}", "ghcr.io",
	  "user", "secret", NULL, "" },
	{ "{\"auths\":{\"http://localhost:5000\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}",
	  "localhost:5000", "user", "secret", NULL, "" },
	{ "{\"auths\":{\"localhost:5000\":{\"auth\":\"dXNlcjpzZWNyZXQ=\"}}}", "localhost:5001",
	  NULL, NULL, NULL, "" },
	{ "{\"auths\":{\"ghcr.io\":{\"username\":\"u\",\"password\":\"p\"}}}", "ghcr.io", "u", "p",
	  NULL, "" },
	/* a colon in the password; NUL padding of old clients */
	{ "{\"auths\":{\"r\":{\"auth\":\"dTphOmI=\"}}}", "r", "u", "a:b", NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"dTpwAAAA\"}}}", "r", "u", "p", NULL, "" },
	/* Azure and others */
	{ "{\"auths\":{\"r\":{\"auth\":\"MDAwMDo=\",\"identitytoken\":\"tok\"}}}", "r", "0000",
	  NULL, "tok", "" },
	/* stores and helpers; what a store leaves behind */
	{ "{\"auths\":{\"ghcr.io\":{}},\"credsStore\":\"desktop\"}", "ghcr.io", NULL, NULL, NULL,
	  "desktop" },
	{ "{\"credHelpers\":{\"gcr.io\":\"gcloud\"},\"credsStore\":\"pass\"}", "gcr.io", NULL, NULL,
	  NULL, "gcloud" },
	{ "{\"credsStore\":\"pass\",\"credHelpers\":{\"gcr.io\":\"gcloud\"}}", "gcr.io", NULL, NULL,
	  NULL, "gcloud" },
	{ "{\"credsStore\":\"pass\",\"credHelpers\":{\"gcr.io\":\"gcloud\"}}", "ghcr.io", NULL,
	  NULL, NULL, "pass" },
	{ "{\"auths\":{\"r\":{},\"https://r\":{\"auth\":\"dTpw\"}}}", "r", "u", "p", NULL, "" },
	/* nothing, and things of the wrong kind */
	{ "{}", "r", NULL, NULL, NULL, "" },
	{ "[]", "r", NULL, NULL, NULL, "" },
	{ "{\"auths\":[],\"credsStore\":7,\"credHelpers\":\"x\",\"HttpHeaders\":{\"a\":\"b\"}}",
	  "r", NULL, NULL, NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"!!!!\"}}}", "r", NULL, NULL, NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"dTpw\\n\"}}}", "r", "u", "p", NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"dT\\npw\"}}}", "r", NULL, NULL, NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"dTp\"}}}", "r", NULL, NULL, NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"====\"}}}", "r", NULL, NULL, NULL, "" },
	{ "{\"auths\":{\"r\":{\"auth\":\"bm9jb2xvbg==\"}}}", "r", NULL, NULL, NULL, "" },
};

static void same(const char *got, const char *want, const char *where)
{
	if (want == NULL ? got != NULL : got == NULL || strcmp(got, want) != 0)
		fail_msg("%s: %s instead of %s", where, got == NULL ? "nothing" : got,
			 want == NULL ? "nothing" : want);
}

static void the_configuration_gives_what_docker_would_use(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const struct sample *s = &samples[i];
		struct docker_config_entry e;
		struct error err = { 0 };
		if (docker_config_parse(bytes_str(s->text), s->host, &e, &err) < 0)
			fail_msg("%s: %s", s->text, err.text);
		same(e.credential.username, s->username, s->text);
		same(e.credential.password, s->password, s->text);
		same(e.credential.identity_token, s->identity, s->text);
		same(e.helper, s->helper, s->text);
		credential_wipe(&e.credential);
	}
}

static void a_broken_configuration_is_an_error(void **state)
{
	(void)state;
	const char *const broken[] = {
		"",
		"{",
		"{\"auths\":{\"r\":{\"auth\":\"dTpw\"}}",
		"{\"auths\":{\"r\":{\"auth\":\"dTpw\"}}} x",
		"{\"credsStore\":\"../../evil\"}",
		"{\"credsStore\":\"a b\"}",
		"{\"credsStore\":\"a;b\"}",
		"{\"credsStore\":\".hidden\"}",
		"{\"credHelpers\":{\"r\":\"/bin/sh\"}}",
		"{\"credHelpers\":{\"r\":\"\"}}",
	};
	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
		struct docker_config_entry e;
		struct error err = { 0 };
		if (docker_config_parse(bytes_str(broken[i]), "r", &e, &err) == 0)
			fail_msg("taken: %s", broken[i]);
	}
}

/* --- helpers: any program of the right name --- */

struct place {
	char dir[64];
};

static void write_file(const struct place *p, const char *name, const char *text, mode_t mode)
{
	char path[256];
	(void)snprintf(path, sizeof path, "%s/%s", p->dir, name);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void write_helper(const struct place *p, const char *name, const char *script)
{
	char file[64], text[1024];
	(void)snprintf(file, sizeof file, "docker-credential-%s", name);
	(void)snprintf(text, sizeof text, "#!/bin/sh\n%s", script);
	write_file(p, file, text, 0755);
}

static int make_place(void **state)
{
	static struct place p;
	char path[256];
	(void)snprintf(p.dir, sizeof p.dir, "/tmp/corten-test-XXXXXX");
	if (mkdtemp(p.dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", p.dir);
	*state = &p;
	return setenv("PATH", path, 1) | setenv("DOCKER_CONFIG", p.dir, 1);
}

static int remove_place(void **state)
{
	static const char *const names[] = {
		"config.json",
		"docker-credential-good",
		"docker-credential-token",
		"docker-credential-none",
		"docker-credential-fails",
		"docker-credential-noise",
		"docker-credential-floods",
	};
	const struct place *p = *state;
	char path[256];
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", p->dir, names[i]);
		(void)unlink(path);
	}
	return rmdir(p->dir);
}

static void a_helper_is_asked_with_the_servers_name(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_helper(*state, "good",
		     "[ \"$1\" = get ] && [ $# = 1 ] || exit 1\n"
		     "server=$(cat)\n"
		     "printf '{\"ServerURL\":\"%s\",\"Username\":\"%s\",\"Secret\":\"pw\"}\\n' "
		     "\"$server\" \"$server\"\n");
	if (credential_helper_get("good", "localhost:5000", &c, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(c.username, "localhost:5000");
	assert_string_equal(c.password, "pw");
	credential_wipe(&c);
}

static void the_user_token_means_an_identity_token(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_helper(*state, "token", "printf '{\"Username\":\"<token>\",\"Secret\":\"id\"}'\n");
	assert_int_equal(credential_helper_get("token", "r", &c, &err), 0);
	assert_null(c.username);
	assert_null(c.password);
	assert_string_equal(c.identity_token, "id");
	credential_wipe(&c);
}

static void a_helper_that_knows_nothing_is_no_error(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_helper(*state, "none", "echo 'credentials not found in native keychain'\nexit 1\n");
	assert_int_equal(credential_helper_get("none", "r", &c, &err), 0);
	assert_true(credential_is_empty(&c));
}

static void a_helper_that_fails_is_named_with_its_words(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_helper(*state, "fails", "echo 'the vault is locked'\nexit 3\n");
	assert_int_equal(credential_helper_get("fails", "r", &c, &err), -1);
	assert_non_null(strstr(err.text, "docker-credential-fails"));
	assert_non_null(strstr(err.text, "the vault is locked"));
	assert_int_equal(credential_helper_get("missing", "r", &c, &err), -1);
	assert_non_null(strstr(err.text, "docker-credential-missing"));
	write_helper(*state, "noise", "echo hello\n");
	assert_int_equal(credential_helper_get("noise", "r", &c, &err), -1);
}

static void a_helper_that_floods_is_cut_off(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_helper(*state, "floods", "exec cat /dev/zero\n");
	assert_int_equal(credential_helper_get("floods", "r", &c, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static void the_helper_goes_before_the_file(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_file(*state, "config.json",
		   "{\"auths\":{\"r\":{\"auth\":\"dTpw\"},\"s\":{\"auth\":\"dTpw\"}},"
		   "\"credHelpers\":{\"r\":\"good\",\"s\":\"none\"}}",
		   0600);
	assert_int_equal(credentials_find("r", &c, &err), 0);
	assert_string_equal(c.password, "pw");
	credential_wipe(&c);
	assert_int_equal(credentials_find("s", &c, &err), 0);
	assert_string_equal(c.password, "p");
	credential_wipe(&c);
}

static void docker_hub_is_asked_for_under_its_old_name(void **state)
{
	struct credential c;
	struct error err = { 0 };
	write_file(*state, "config.json", "{\"credsStore\":\"good\"}", 0600);
	assert_int_equal(credentials_find("registry-1.docker.io", &c, &err), 0);
	assert_string_equal(c.username, "https://index.docker.io/v1/");
	credential_wipe(&c);
}

static void no_configuration_means_a_stranger(void **state)
{
	struct credential c;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(setenv("DOCKER_CONFIG", "/nonexistent", 1), 0);
	assert_int_equal(credentials_find("r", &c, &err), 0);
	assert_true(credential_is_empty(&c));
}

static void podmans_file_is_read_after_dockers(void **state)
{
	const struct place *p = *state;
	char path[256];
	struct credential c;
	struct error err = { 0 };
	(void)snprintf(path, sizeof path, "%s/auth.json", p->dir);
	write_file(p, "config.json", "{\"auths\":{\"r\":{\"auth\":\"dTpw\"}}}", 0600);
	write_file(p, "auth.json",
		   "{\"auths\":{\"r\":{\"auth\":\"eDp5\"},\"only\":{\"auth\":\"eDp5\"}}}", 0600);
	(void)snprintf(path, sizeof path, "%s/containers", p->dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(setenv("XDG_CONFIG_HOME", p->dir, 1), 0);
	char from[256], to[300];
	(void)snprintf(from, sizeof from, "%s/auth.json", p->dir);
	(void)snprintf(to, sizeof to, "%s/auth.json", path);
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(credentials_find("r", &c, &err), 0);
	assert_string_equal(c.username, "u");
	credential_wipe(&c);
	assert_int_equal(credentials_find("only", &c, &err), 0);
	assert_string_equal(c.username, "x");
	credential_wipe(&c);
	/* A file that was named goes before all. */
	assert_int_equal(setenv("REGISTRY_AUTH_FILE", to, 1), 0);
	assert_int_equal(credentials_find("r", &c, &err), 0);
	assert_string_equal(c.username, "x");
	credential_wipe(&c);
	/* One that is broken does not hide what the next one knows. */
	write_file(p, "config.json", "{", 0600);
	assert_int_equal(unsetenv("REGISTRY_AUTH_FILE"), 0);
	assert_int_equal(credentials_find("only", &c, &err), 0);
	assert_string_equal(c.username, "x");
	credential_wipe(&c);
	assert_int_equal(credentials_find("nobody", &c, &err), -1);
	assert_int_equal(unlink(to), 0);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(unsetenv("XDG_CONFIG_HOME"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_configuration_gives_what_docker_would_use),
		cmocka_unit_test(a_broken_configuration_is_an_error),
		cmocka_unit_test(a_helper_is_asked_with_the_servers_name),
		cmocka_unit_test(the_user_token_means_an_identity_token),
		cmocka_unit_test(a_helper_that_knows_nothing_is_no_error),
		cmocka_unit_test(a_helper_that_fails_is_named_with_its_words),
		cmocka_unit_test(a_helper_that_floods_is_cut_off),
		cmocka_unit_test(the_helper_goes_before_the_file),
		cmocka_unit_test(docker_hub_is_asked_for_under_its_old_name),
		cmocka_unit_test(podmans_file_is_read_after_dockers),
		cmocka_unit_test(no_configuration_means_a_stranger),
	};
	return cmocka_run_group_tests(tests, make_place, remove_place);
}

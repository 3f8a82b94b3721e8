#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "runtime/table.h"

static struct container_call call_of(const char *words)
{
	static struct container_call call;
	char text[4096];
	size_t n = strlen(words);
	for (size_t i = 0; i <= n; i++)
		text[i] = words[i] == ' ' ? '\0' : words[i];
	container_call_parse(bytes_of(text, n + 1), &call);
	return call;
}

static void starts_are_understood(void **state)
{
	static const struct {
		const char *words, *id, *bundle;
	} samples[] = {
		/* containerd's and docker's shim, runc 1.1 */
		{ "runc --root /run/docker/runtime-runc/moby --log /b/log.json --log-format json "
		  "--systemd-cgroup create --bundle /b --pid-file /b/init.pid web",
		  "web", "/b" },
		{ "runc --root=/run/runc --log=/x run -b /b -d web", "web", "/b" },
		{ "/usr/sbin/runc run web", "web", "." },
		{ "runc --debug restore --image-path /i --work-path /w --bundle b --detach web",
		  "web", "b" },
		/* conmon */
		{ "/usr/bin/crun --systemd-cgroup --root=/run/crun --log-format=json create "
		  "--bundle "
		  "/u --pid-file /p --console-socket /c web",
		  "web", "/u" },
		{ "crun --cgroup-manager cgroupfs run --config /c.json --bundle=/b web", "web",
		  "/b" },
		{ "runc -root /r create -bundle /b web", "web", "/b" },
		{ "runc create --preserve-fds 3 --no-pivot web", "web", "." },
	};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct container_call call = call_of(samples[i].words);
		if (!call.starts || strcmp(call.id, samples[i].id) != 0 ||
		    strcmp(call.bundle, samples[i].bundle) != 0)
			fail_msg("%s: %d %s %s", samples[i].words, call.starts, call.id,
				 call.bundle);
	}
}

static void other_calls_start_nothing(void **state)
{
	static const char *const words[] = {
		"",
		"runc",
		"runc init",
		"runc --version",
		"runc --root /run/runc state web",
		"runc --root create",
		"runc --log run kill web",
		"runc exec --pid-file /p web sh",
		"runc --root /x delete --force web",
		"runc --root /x start web",
		"runc events run",
		"runc create --bundle= web",
		"runc - create",
	};
	(void)state;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (call_of(words[i]).starts)
			fail_msg("%s starts something", words[i]);
}

static void words_that_are_too_long_are_none(void **state)
{
	cleanup_buf struct buf words = buf_max(64 * KIB);
	static struct container_call call;
	static char bundle[LIMIT_PATH_BYTES + 1];
	(void)state;
	memset(bundle, 'a', LIMIT_PATH_BYTES);
	(void)buf_append(&words, "runc\0run\0--bundle", 18, NULL);
	(void)buf_append(&words, bundle, sizeof bundle, NULL);
	(void)buf_append(&words, "web", 4, NULL);
	container_call_parse(buf_view(&words), &call);
	assert_false(call.starts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_are_understood),
		cmocka_unit_test(other_calls_start_nothing),
		cmocka_unit_test(words_that_are_too_long_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What runtimes keep of a container, in files of theirs: docker's config.v2.json,
 * runc's state.json, crun's status, containers-storage's containers.json. No two of
 * them call the same thing by the same key, so one table reads all. */
#include "runtime/config_tell.h"

static void read_docker_config(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "Image"))
			config_tell_next(r, FACT_IMAGE);
		else if (config_key_is(key, "Labels"))
			config_tell_labels(r);
		else
			json_skip(r->json);
	}
}

static void tell_pid(struct config_reader *r)
{
	int64_t pid;
	if (json_get_i64(r->json, &pid) && pid > 0 && pid <= INT32_MAX)
		config_tell_number(r, FACT_PID, (uint64_t)pid);
}

static void tell_started(struct config_reader *r)
{
	struct bytes text;
	int64_t seconds;
	if (json_get_string(r->json, &text) && rfc3339_parse(text, &seconds) && seconds > 0 &&
	    (uint64_t)seconds < UINT64_MAX / 1000000000)
		config_tell_number(r, FACT_STARTED, (uint64_t)seconds * 1000000000);
}

static void read_docker_state(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "Pid"))
			tell_pid(r);
		else if (config_key_is(key, "StartedAt"))
			tell_started(r);
		else
			json_skip(r->json);
	}
}

/* "/name" */
static void tell_docker_name(struct config_reader *r)
{
	struct bytes text;
	if (!json_get_string(r->json, &text))
		return;
	config_tell_text(r, FACT_NAME,
			 bytes_sub(text, bytes_starts_with(text, BYTES_LIT("/")) ? 1 : 0, text.n));
}

/* "bundle=/folder" */
static void read_runc_labels(struct config_reader *r)
{
	struct bytes text;
	if (!json_enter_array(r->json))
		return;
	while (json_next_item(r->json))
		if (json_get_string(r->json, &text) &&
		    bytes_starts_with(text, BYTES_LIT("bundle=")))
			config_tell_text(r, FACT_BUNDLE,
					 bytes_sub(text, strlen("bundle="), text.n));
}

static void read_runc_config(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "labels"))
			read_runc_labels(r);
		else if (config_key_is(key, "rootfs"))
			config_tell_next(r, FACT_ROOT);
		else
			json_skip(r->json);
	}
}

/* By controller; "" is the unified hierarchy. */
static void read_cgroup_paths(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key))
		config_tell_next(r, FACT_CGROUP);
}

/* containers-storage: what libpod and CRI-O write into it. */
static void read_metadata(struct config_reader *r, struct bytes json)
{
	struct json_reader *outer = r->json;
	struct bytes key;
	r->json = json_open_bytes(json);
	if (r->json != NULL && json_enter_object(r->json)) {
		while (json_next_key(r->json, &key)) {
			if (config_key_is(key, "image-name"))
				config_tell_next(r, FACT_IMAGE);
			else if (config_key_is(key, "image-id"))
				config_tell_next(r, FACT_IMAGE_DIGEST);
			else if (config_key_is(key, "pod-name"))
				config_tell_next(r, FACT_POD);
			else
				json_skip(r->json);
		}
	}
	json_close(r->json);
	r->json = outer;
}

static void tell_first_name(struct config_reader *r)
{
	bool first = true;
	if (!json_enter_array(r->json))
		return;
	for (; json_next_item(r->json); first = false) {
		if (first)
			config_tell_next(r, FACT_NAME);
		else
			json_skip(r->json);
	}
}

static bool read_storage_key(struct config_reader *r, struct bytes key)
{
	if (config_key_is(key, "names")) {
		tell_first_name(r);
	} else if (config_key_is(key, "metadata")) {
		read_metadata(r, config_keep(r));
		config_drop_kept(r);
	} else {
		return false;
	}
	return true;
}

static bool read_runc_key(struct config_reader *r, struct bytes key)
{
	if (config_key_is(key, "init_process_pid"))
		tell_pid(r);
	else if (config_key_is(key, "created"))
		tell_started(r);
	else if (config_key_is(key, "config"))
		read_runc_config(r);
	else if (config_key_is(key, "cgroup_paths"))
		read_cgroup_paths(r);
	else
		return false;
	return true;
}

/* crun, libcrun/status.c */
static bool read_crun_key(struct config_reader *r, struct bytes key)
{
	if (config_key_is(key, "pid"))
		tell_pid(r);
	else if (config_key_is(key, "cgroup-path"))
		config_tell_next(r, FACT_CGROUP);
	else if (config_key_is(key, "bundle"))
		config_tell_next(r, FACT_BUNDLE);
	else if (config_key_is(key, "rootfs"))
		config_tell_next(r, FACT_ROOT);
	else
		return false;
	return true;
}

static bool read_docker_key(struct config_reader *r, struct bytes key)
{
	if (config_key_is(key, "ID"))
		config_tell_next(r, FACT_ID);
	else if (config_key_is(key, "Config"))
		read_docker_config(r);
	else if (config_key_is(key, "Image"))
		config_tell_next(r, FACT_IMAGE_DIGEST);
	else if (config_key_is(key, "Name"))
		tell_docker_name(r);
	else if (config_key_is(key, "State"))
		read_docker_state(r);
	else
		return false;
	return true;
}

static void read_one(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		/* The key lives until the next call only: the readers look before. */
		if (config_key_is(key, "id"))
			config_tell_next(r, FACT_ID);
		else if (!read_runc_key(r, key) && !read_crun_key(r, key) &&
			 !read_docker_key(r, key) && !read_storage_key(r, key))
			json_skip(r->json);
	}
}

static void read_state(struct config_reader *r)
{
	if (json_peek(r->json) != JSON_ARRAY) {
		read_one(r);
		return;
	}
	if (!json_enter_array(r->json))
		return;
	while (json_next_item(r->json))
		read_one(r);
}

int config_read_state(struct bytes json, config_fact_fn *tell, void *ctx, struct error *err)
{
	return config_run(json, read_state, tell, ctx, err);
}

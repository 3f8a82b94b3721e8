/* config.json of an OCI bundle (runtime-spec 1.1, config.md, config-linux.md): what
 * tells who the container is, where its files lie, and what it may do to the host. */
#include "runtime/config_tell.h"

static void tell_list(struct config_reader *r, enum config_fact_kind kind)
{
	if (!json_enter_array(r->json))
		return;
	while (json_next_item(r->json))
		config_tell_next(r, kind);
}

/* --- process ------------------------------------------------------------------------------ */

/* A capability is held that the program has at once, may take, or gets by running a
 * file that has it; the others need one of these (capabilities(7)). */
static void read_capabilities(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "bounding") || config_key_is(key, "effective") ||
		    config_key_is(key, "permitted"))
			tell_list(r, FACT_CAPABILITY);
		else
			json_skip(r->json);
	}
}

static void read_user(struct config_reader *r)
{
	struct bytes key;
	int64_t uid;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (!config_key_is(key, "uid"))
			json_skip(r->json);
		else if (json_get_i64(r->json, &uid) && uid >= 0)
			config_tell_number(r, FACT_USER, (uint64_t)uid);
	}
}

static void read_process(struct config_reader *r)
{
	struct bytes key;
	bool yes;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "capabilities"))
			read_capabilities(r);
		else if (config_key_is(key, "user"))
			read_user(r);
		else if (config_key_is(key, "cwd"))
			config_tell_next(r, FACT_CWD);
		else if (!config_key_is(key, "noNewPrivileges"))
			json_skip(r->json);
		else if (json_get_bool(r->json, &yes) && yes)
			config_tell_number(r, FACT_NO_NEW_PRIVILEGES, 1);
	}
}

static void read_root(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "path"))
			config_tell_next(r, FACT_ROOT);
		else
			json_skip(r->json);
	}
}

/* --- mounts ------------------------------------------------------------------------------- */

/* The last of ro and rw counts; "bind" and "rbind" make a bind mount whatever the
 * type says (config.md#mounts). */
static uint64_t read_options(struct config_reader *r)
{
	uint64_t flags = CONFIG_MOUNT_WRITABLE;
	struct bytes option;
	if (!json_enter_array(r->json))
		return flags;
	while (json_next_item(r->json)) {
		if (!json_get_string(r->json, &option))
			continue;
		if (config_key_is(option, "ro") || config_key_is(option, "rro"))
			flags &= ~(uint64_t)CONFIG_MOUNT_WRITABLE;
		else if (config_key_is(option, "rw") || config_key_is(option, "rrw"))
			flags |= CONFIG_MOUNT_WRITABLE;
		else if (config_key_is(option, "bind") || config_key_is(option, "rbind"))
			flags |= CONFIG_MOUNT_BIND;
	}
	return flags;
}

static void read_mount(struct config_reader *r)
{
	struct config_fact f = { .kind = FACT_MOUNT, .number = CONFIG_MOUNT_WRITABLE };
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "destination"))
			f.a = config_keep(r);
		else if (config_key_is(key, "source"))
			f.b = config_keep(r);
		else if (config_key_is(key, "type"))
			f.c = config_keep(r);
		else if (config_key_is(key, "options"))
			f.number = read_options(r);
		else
			json_skip(r->json);
	}
	if (config_key_is(f.c, "bind"))
		f.number |= CONFIG_MOUNT_BIND;
	config_tell(r, &f);
	config_drop_kept(r);
}

static void read_mounts(struct config_reader *r)
{
	if (!json_enter_array(r->json))
		return;
	while (json_next_item(r->json))
		read_mount(r);
}

/* --- linux ---------------------------------------------------------------------------------- */

static void read_namespace(struct config_reader *r)
{
	struct config_fact f = { .kind = FACT_NAMESPACE };
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "type"))
			f.a = config_keep(r);
		else if (config_key_is(key, "path"))
			f.b = config_keep(r);
		else
			json_skip(r->json);
	}
	config_tell(r, &f);
	config_drop_kept(r);
}

static void read_device(struct config_reader *r)
{
	struct config_fact f = { .kind = FACT_DEVICE };
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "path"))
			f.a = config_keep(r);
		else if (config_key_is(key, "type"))
			f.b = config_keep(r);
		else
			json_skip(r->json);
	}
	config_tell(r, &f);
	config_drop_kept(r);
}

static void read_each(struct config_reader *r, void (*item)(struct config_reader *r))
{
	if (!json_enter_array(r->json))
		return;
	while (json_next_item(r->json))
		item(r);
}

/* One rule of the device list: *ret_all when it is about every device; whether it
 * allows. Absent type, major and minor mean all (config-linux.md#allowed-device-list). */
static bool read_device_rule(struct config_reader *r, bool *ret_all)
{
	struct bytes key;
	bool allow = false, all = true, wildcard;
	int64_t number;
	*ret_all = false;
	if (!json_enter_object(r->json))
		return false;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "allow")) {
			(void)json_get_bool(r->json, &allow);
		} else if (config_key_is(key, "type")) {
			struct bytes type = config_keep(r);
			wildcard = config_key_is(type, "a") || type.n == 0;
			all = all && wildcard;
		} else if (config_key_is(key, "major") || config_key_is(key, "minor")) {
			wildcard = !json_get_i64(r->json, &number) || number < 0;
			all = all && wildcard;
		} else {
			json_skip(r->json);
		}
	}
	*ret_all = all;
	return allow;
}

static void read_resources(struct config_reader *r)
{
	struct bytes key;
	bool open = false, all;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (!config_key_is(key, "devices")) {
			json_skip(r->json);
			continue;
		}
		if (!json_enter_array(r->json))
			continue;
		while (json_next_item(r->json)) {
			bool allow = read_device_rule(r, &all);
			open = all ? allow : open;
		}
		config_drop_kept(r);
	}
	if (open)
		config_tell_number(r, FACT_ALL_DEVICES, 1);
}

static void read_linux(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "cgroupsPath")) {
			config_tell_next(r, FACT_CGROUPS_PATH);
		} else if (config_key_is(key, "namespaces")) {
			read_each(r, read_namespace);
		} else if (config_key_is(key, "devices")) {
			read_each(r, read_device);
		} else if (config_key_is(key, "resources")) {
			read_resources(r);
		} else if (config_key_is(key, "maskedPaths")) {
			tell_list(r, FACT_MASKED_PATH);
		} else if (config_key_is(key, "readonlyPaths")) {
			tell_list(r, FACT_READONLY_PATH);
		} else {
			if (config_key_is(key, "seccomp") && json_peek(r->json) == JSON_OBJECT)
				config_tell_number(r, FACT_SECCOMP, 1);
			json_skip(r->json);
		}
	}
}

/* --- annotations ------------------------------------------------------------------------------ */

/* Names of containerd's CRI plug-in (pkg/cri/annotations), of CRI-O
 * (pkg/annotations), and of kubelet's own labels, which CRI-O repeats. */
static const struct {
	const char *key;
	enum config_fact_kind kind;
} annotations[] = {
	{ "io.kubernetes.cri.container-name", FACT_NAME },
	{ "io.kubernetes.cri.image-name", FACT_IMAGE },
	{ "io.kubernetes.cri.sandbox-name", FACT_POD },
	{ "io.kubernetes.cri.sandbox-namespace", FACT_NAMESPACE_NAME },
	{ "io.kubernetes.cri.sandbox-id", FACT_SANDBOX },
	{ "io.kubernetes.container.name", FACT_NAME },
	{ "io.kubernetes.pod.name", FACT_POD },
	{ "io.kubernetes.pod.namespace", FACT_NAMESPACE_NAME },
	{ "io.kubernetes.cri-o.ImageName", FACT_IMAGE },
	{ "io.kubernetes.cri-o.ImageRef", FACT_IMAGE_DIGEST },
	{ "io.kubernetes.cri-o.KubeName", FACT_POD },
	{ "io.kubernetes.cri-o.Namespace", FACT_NAMESPACE_NAME },
	{ "io.kubernetes.cri-o.SandboxID", FACT_SANDBOX },
	{ "io.kubernetes.cri-o.ContainerID", FACT_ID },
	{ "org.opencontainers.image.ref.name", FACT_IMAGE },
};

/* podman repeats a few of CRI-O's keys: its own come last and win. */
static void tell_runtime(struct config_reader *r, struct bytes key, struct bytes value)
{
	if (config_key_is(key, "io.kubernetes.cri.container-type"))
		config_tell_number(r, FACT_RUNTIME, RUNTIME_CRI_CONTAINERD);
	else if (config_key_is(key, "io.kubernetes.cri-o.ContainerType"))
		config_tell_number(r, FACT_RUNTIME, RUNTIME_CRIO);
	else if (config_key_is(key, "io.container.manager") && config_key_is(value, "libpod"))
		config_tell_number(r, FACT_RUNTIME, RUNTIME_PODMAN);
	else if (config_key_is(key, "io.container.manager") && config_key_is(value, "cri-o"))
		config_tell_number(r, FACT_RUNTIME, RUNTIME_CRIO);
}

static void read_annotation(struct config_reader *r, struct bytes key, struct bytes value)
{
	tell_runtime(r, key, value);
	if (config_key_is(key, "io.kubernetes.cri-o.Labels"))
		config_tell_labels_of(r, value);
	for (size_t i = 0; i < sizeof annotations / sizeof annotations[0]; i++)
		if (config_key_is(key, annotations[i].key))
			config_tell_text(r, annotations[i].kind, value);
}

static void read_annotations(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		uint8_t name[64];
		size_t n = key.n;
		if (n > sizeof name) { /* none of those that are known */
			json_skip(r->json);
			continue;
		}
		memcpy(name, key.p, n);
		struct bytes value = config_keep(r);
		read_annotation(r, bytes_of(name, n), value);
		config_drop_kept(r);
	}
}

static void read_bundle(struct config_reader *r)
{
	struct bytes key;
	if (json_peek(r->json) != JSON_OBJECT && !json_failed(r->json)) {
		r->failed = error_set(r->err, ERR_MALFORMED, "config.json is no object") < 0;
		return;
	}
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (config_key_is(key, "process"))
			read_process(r);
		else if (config_key_is(key, "root"))
			read_root(r);
		else if (config_key_is(key, "mounts"))
			read_mounts(r);
		else if (config_key_is(key, "linux"))
			read_linux(r);
		else if (config_key_is(key, "annotations"))
			read_annotations(r);
		else
			json_skip(r->json);
	}
}

int config_read_bundle(struct bytes json, config_fact_fn *tell, void *ctx, struct error *err)
{
	return config_run(json, read_bundle, tell, ctx, err);
}

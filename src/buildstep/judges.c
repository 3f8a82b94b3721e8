#include "buildstep/judges.h"

static const struct {
	const char *name;
	judge_fn *judge;
} judges[] = {
	{ "base-tag", judge_base_tag },
	{ "base-digest", judge_base_digest },
	{ "base-image", judge_base_image },
	{ "stage-names", judge_stage_names },
	{ "stage-unused", judge_stage_unused },
	{ "argument-scope", judge_argument_scope },
	{ "from-argument", judge_from_argument },
	{ "copy-from", judge_copy_from },
	{ "user", judge_user },
	{ "user-name", judge_user_name },
	{ "healthcheck", judge_healthcheck },
	{ "repeated", judge_repeated },
	{ "shell-form", judge_shell_form },
	{ "workdir", judge_workdir },
	{ "maintainer", judge_maintainer },
	{ "pipefail", judge_pipefail },
	{ "path", judge_path },
	{ "ports", judge_ports },
	{ "cd", judge_cd },
	{ "useradd", judge_useradd },
	{ "sudo", judge_sudo },
	{ "add", judge_add },
	{ "whole-context", judge_whole_context },
	{ "tokens", judge_tokens },
	{ "url-login", judge_url_login },
	{ "removed-copy", judge_removed_copy },
	{ "copy-target", judge_copy_target },
	{ "outside", judge_outside },
	{ "both-tools", judge_both_tools },
	{ "volume-write", judge_volume_write },
	{ "password", judge_password },
	{ "unknown", judge_unknown },
	{ "before-from", judge_before_from },
	{ "no-from", judge_no_from },
	{ "onbuild", judge_onbuild },
	{ "quotes", judge_quotes },
	{ "case", judge_case },
	{ "blank-lines", judge_blank_lines },
	{ "old-env", judge_old_env },
	{ "open-heredoc", judge_open_heredoc },
	{ "flags", judge_flags },
	{ "self-reference", judge_self_reference },
	{ "empty", judge_empty },
};

judge_fn *judge_named(struct bytes name)
{
	for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
		if (bytes_equal(name, bytes_str(judges[i].name)))
			return judges[i].judge;
	return NULL;
}

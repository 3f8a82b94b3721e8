/* What is judged by code: the functions behind `judge = "…"`. */
#ifndef CORTEN_BUILDSTEP_JUDGES_H
#define CORTEN_BUILDSTEP_JUDGES_H

#include "buildstep/engine.h"

/* judge_base.c: FROM */
judge_fn judge_base_tag, judge_base_digest, judge_base_image, judge_stage_names, judge_stage_unused,
	judge_argument_scope, judge_from_argument, judge_copy_from;
/* judge_runtime.c: how a container of it starts */
judge_fn judge_user, judge_user_name, judge_healthcheck, judge_repeated, judge_shell_form,
	judge_workdir, judge_maintainer, judge_pipefail, judge_path, judge_ports, judge_cd,
	judge_useradd, judge_sudo;
/* judge_content.c: files and secrets */
judge_fn judge_add, judge_whole_context, judge_tokens, judge_url_login, judge_removed_copy,
	judge_copy_target, judge_outside, judge_both_tools, judge_volume_write, judge_password;
/* judge_syntax.c */
judge_fn judge_unknown, judge_before_from, judge_no_from, judge_onbuild, judge_quotes, judge_case,
	judge_blank_lines, judge_old_env, judge_open_heredoc, judge_flags, judge_self_reference,
	judge_empty;

#endif

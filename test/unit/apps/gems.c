/* What RubyGems installs and Bundler locks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "read_helper.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void a_gemspec_is_read_as_text(void **state)
{
	static const struct read_row rows[] = {
		{ "usr/lib/ruby/gems/3.1.0/specifications/rack-2.2.4.gemspec",
		  "# -*- encoding: utf-8 -*-\n"
		  "# stub: rack 2.2.4 ruby lib\n"
		  "\n"
		  "Gem::Specification.new do |s|\n"
		  "  s.name = \"rack\".freeze\n"
		  "  s.version = \"2.2.4\"\n"
		  "\n"
		  "  s.required_rubygems_version = Gem::Requirement.new(\">= 0\".freeze) if "
		  "s.respond_to? :required_rubygems_version=\n"
		  "  s.metadata = { \"bug_tracker_uri\" => \"https://github.com/rack/rack/issues\" "
		  "} if s.respond_to? :metadata=\n"
		  "  s.licenses = [\"MIT\".freeze]\n"
		  "  s.add_development_dependency(%q<minitest>.freeze, [\"~> 5.0\"])\n"
		  "end\n",
		  "gem rack 2.2.4 (MIT)\n" },
		{ "specifications/default/json-2.6.1.gemspec",
		  "# frozen_string_literal: true\n"
		  "Gem::Specification.new do |spec|\n"
		  "  spec.name = \"json\"\n"
		  "  spec.version = JSON::VERSION\n"
		  "  spec.licenses = ['Ruby', \"BSD-2-Clause\".freeze]\n"
		  "end\n",
		  "gem json 2.6.1 (Ruby OR BSD-2-Clause)\n" },
		{ "specifications/nokogiri-1.13.9-x86_64-linux.gemspec",
		  "# stub: nokogiri 1.13.9 x86_64-linux lib\n"
		  "Gem::Specification.new do |s|\n"
		  "  s.name = \"nokogiri\".freeze\n"
		  "  s.version = Gem::Version.new(\"1.13.9\")\n"
		  "  s.platform = \"x86_64-linux\"\n"
		  "  s.license = \"MIT\"\n"
		  "end\n",
		  "gem nokogiri 1.13.9 (MIT)\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

static void a_gemfile_lock_tells_gems_but_not_the_project(void **state)
{
	static const struct read_row rows[] = {
		{ "Gemfile.lock",
		  "PATH\n"
		  "  remote: .\n"
		  "  specs:\n"
		  "    mine (0.1.0)\n"
		  "      rails\n"
		  "\n"
		  "GIT\n"
		  "  remote: https://github.com/x/y.git\n"
		  "  revision: 0123456789\n"
		  "  specs:\n"
		  "    y (1.0.0)\n"
		  "      rack (>= 1)\n"
		  "\n"
		  "GEM\n"
		  "  remote: https://rubygems.org/\n"
		  "  specs:\n"
		  "    nokogiri (1.13.9-x86_64-linux)\n"
		  "      racc (~> 1.4)\n"
		  "    nokogiri (1.13.9-java)\n"
		  "    racc (1.6.0)\n"
		  "    rails (7.0.4.pre)\n"
		  "\n"
		  "PLATFORMS\n"
		  "  x86_64-linux\n"
		  "\n"
		  "DEPENDENCIES\n"
		  "  mine!\n"
		  "  rails (~> 7.0)\n"
		  "  y!\n"
		  "\n"
		  "BUNDLED WITH\n"
		  "   2.3.7\n",
		  "gem y 1.0.0 direct :11\n"
		  "gem nokogiri 1.13.9 :17\n"
		  "gem racc 1.6.0 :20\n"
		  "gem rails 7.0.4.pre direct :21\n" },
	};
	(void)state;
	check_rows(rows, COUNT(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gemspec_is_read_as_text),
		cmocka_unit_test(a_gemfile_lock_tells_gems_but_not_the_project),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

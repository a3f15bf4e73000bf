"""The table of commands beside those of `kp`. Source: ``spec/cli.md`` section 2."""

from typing import Final

from keystead.ibmcloud.cbr.table import CBR
from keystead.ibmcloud.iam.group_table import ACCESS_GROUPS
from keystead.ibmcloud.iam.policy_table import POLICIES
from keystead.ibmcloud.iam.profile_table import PROFILES
from keystead.ibmcloud.iam.table import IAM
from keystead.ibmcloud.kp.table import KP
from keystead.ibmcloud.resource.table import RESOURCE
from keystead.ibmcloud.words import Command, Option

_NO_VALIDATION: Final = Option("skip-ssl-validation", says="refused; KEYSTEAD_CA_FILE names the authority")
_CORE: Final = (
    Command(
        "login",
        "Log in: with an API key, unless something else is named.",
        "login:login",
        options=(
            Option("apikey", takes="KEY|@FILE", says="IBMCLOUD_API_KEY without it"),
            Option("sso", says="with a one-time code, which is asked for"),
            Option("cr-token", takes="TOKEN|@FILE", says="with the token of a cluster's workload"),
            Option("profile", takes="PROFILE", says="as a trusted profile, by name, id or CRN"),
            Option("api-endpoint", "a", "URL", "the server; the one stored, or IBM's, without it"),
            Option("region", "r", "REGION", "region to target"),
            Option("no-region", says="target no region"),
            Option("no-account", says="accepted; an API key belongs to one account"),
            Option("account", "c", "ID", "accepted if it is the account of the login"),
            Option("group", "g", "GROUP", "resource group to target"),
            Option("user", "u", "USER", "apikey, with the key as the password"),
            Option("password", "p", "KEY", "the API key of '-u apikey'"),
            _NO_VALIDATION,
        ),
    ),
    Command("logout", "Forget the tokens of the login.", "login:logout"),
    Command(
        "target",
        "Show or set what commands aim at.",
        "login:target",
        options=(
            Option("region", "r", "REGION", "target this region"),
            Option("group", "g", "GROUP", "target this resource group"),
            Option("account", "c", "ID", "accepted if it is the account of the login"),
            Option("unset-region", says="target no region"),
            Option("unset-resource-group", says="target no resource group"),
        ),
    ),
    Command(
        "api",
        "Show or set the server.",
        "login:api",
        ("[URL]",),
        (Option("unset", says="forget it"), _NO_VALIDATION),
    ),
    Command("regions", "List regions.", "misc:regions"),
    Command("account show", "Show the account of the login.", "login:account"),
    Command("version", "Print the version.", "misc:version"),
    Command(
        "config",
        "Accept settings of IBM's tool that mean nothing here.",
        "misc:config",
        options=(
            Option("check-version", takes="BOOLEAN"),
            Option("http-timeout", takes="SECONDS"),
            Option("color", takes="BOOLEAN"),
            Option("locale", takes="LOCALE"),
            Option("trace", takes="BOOLEAN|FILE"),
            Option("usage-stats-collect", takes="BOOLEAN"),
        ),
    ),
    Command("plugin list", "List plug-ins: there is one, and it is built in.", "misc:plugins"),
    Command("plugin show", "Show a plug-in.", "misc:plugins", ("NAME",)),
    Command("plugin repo-plugins", "List plug-ins that there are.", "misc:plugins"),
    *(
        Command(
            f"plugin {verb}",
            "Accepted: the plug-in for keys is built in.",
            "misc:plugin",
            ("[NAME]",),
            (
                Option("force", "f"),
                Option("all", "a"),
                Option("version", "v", "VERSION"),
                Option("repo", "r", "REPOSITORY"),
            ),
        )
        for verb in ("install", "update", "uninstall")
    ),
)

COMMANDS: Final = (*_CORE, *IAM, *PROFILES, *ACCESS_GROUPS, *POLICIES, *CBR, *RESOURCE, *KP)
GROUPS: Final = frozenset(command.path.split()[0] for command in COMMANDS)

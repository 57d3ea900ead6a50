"""What an administrator changes, with the official SDK: variables, roles, contact roles, users."""

from link import choice, made, main, params, sdk


def settings(steps):
    for part in (variables, roles, contact_roles, users):
        steps.part(part.__name__, part)


def made_id(answer, getter):
    return int(getattr(answer, getter)()[0].get_details()["id"])


def variables(steps):
    operations = sdk("variables.VariablesOperations")()
    group = made("variables.VariableGroup", name="General")
    rate = made(
        "variables.Variable",
        name="Rate",
        api_name="Rate",
        type=choice("integer"),
        value="7",
        variable_group=group,
    )
    created = steps.do(
        "create variable", operations.create_variables, made("variables.BodyWrapper", variables=[rate])
    )
    one = made_id(created, "get_variables")
    steps.do("get variable", operations.get_variable_by_id, one)
    changed = made("variables.BodyWrapper", variables=[made("variables.Variable", value="8")])
    steps.do("update variable", operations.update_variable_by_id, one, changed)
    steps.do("variable by name", operations.get_variable_by_apiname, "Rate")
    steps.do("delete variable", operations.delete_variable, one)


def roles(steps):
    operations = sdk("roles.RolesOperations")()
    listed = operations.get_roles().get_object().get_roles()
    above = made("roles.ReportingTo", id=listed[0].get_id(), name=listed[0].get_name())
    role = made("roles.Role", name="Tester", description="Tests", reporting_to=above, share_with_peers=True)
    created = steps.do("create role", operations.create_roles, made("roles.BodyWrapper", roles=[role]))
    one = made_id(created, "get_roles")
    renamed = made("roles.Role", name="Head Tester", reporting_to=above)
    steps.do("update role", operations.update_role, one, made("roles.BodyWrapper", roles=[renamed]))
    steps.do("get role", operations.get_role, one)
    to = params("roles.DeleteRoleParam", transfer_to_id=listed[0].get_id())
    steps.do("delete role", operations.delete_role, one, to)


def contact_roles(steps):
    operations = sdk("contact_roles.ContactRolesOperations")()
    role = made("contact_roles.ContactRole", name="Tester", sequence_number=1)
    body = made("contact_roles.BodyWrapper", contact_roles=[role])
    one = made_id(steps.do("create contact role", operations.create_roles, body), "get_contact_roles")
    renamed = made(
        "contact_roles.BodyWrapper", contact_roles=[made("contact_roles.ContactRole", name="Judge")]
    )
    steps.do("update contact role", operations.update_contact_role, one, renamed)
    steps.do("get contact role", operations.get_role, one)
    steps.do("delete contact role", operations.delete_contact_role, one)


def users(steps):
    operations = sdk("users.UsersOperations")()
    role = sdk("roles.RolesOperations")().get_roles().get_object().get_roles()[0]
    profile = sdk("profiles.ProfilesOperations")().get_profiles().get_object().get_profiles()[1]
    new = made(
        "users.Users",
        first_name="Nora",
        last_name="New",
        email="nora.new@example.com",
        role=made("users.Role", id=role.get_id(), name=role.get_name()),
        profile=made("users.Profile", id=profile.get_id(), name=profile.get_name()),
    )
    created = steps.do("create user", operations.create_users, made("users.BodyWrapper", users=[new]))
    one = made_id(created, "get_users")
    changed = made("users.BodyWrapper", users=[made("users.Users", phone="123456789")])
    steps.do("update user", operations.update_user, one, changed)
    steps.do("get user", operations.get_user, one)
    steps.do("count users", operations.users_count, params("users.UsersCountParam", type="ActiveUsers"))
    steps.do("delete user", operations.delete_user, one)


main(settings)

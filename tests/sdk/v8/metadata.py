"""The org's metadata with the official SDK: everything it can read under settings, and fields and modules it makes."""

from link import made, main, params, sdk

MODULE_LISTS = (
    ("layouts", "layouts.LayoutsOperations", "get_layouts", "layouts.GetLayoutsParam", "get_layout"),
    ("fields", "fields.FieldsOperations", "get_fields", "fields.GetFieldsParam", "get_field"),
    (
        "related lists",
        "related_lists.RelatedListsOperations",
        "get_related_lists",
        "related_lists.GetRelatedListsParam",
        "get_related_list",
    ),
    (
        "custom views",
        "custom_views.CustomViewsOperations",
        "get_custom_views",
        "custom_views.GetCustomViewsParam",
        "get_custom_view",
    ),
)
LISTS = (
    ("modules", "modules.ModulesOperations", "get_modules", "get_module"),
    ("users", "users.UsersOperations", "get_users", "get_user"),
    ("roles", "roles.RolesOperations", "get_roles", "get_role"),
    ("profiles", "profiles.ProfilesOperations", "get_profiles", "get_profile"),
    ("currencies", "currencies.CurrenciesOperations", "get_currencies", "get_currency"),
    ("territories", "territories.TerritoriesOperations", "get_territories", "get_territory"),
    ("taxes", "taxes.TaxesOperations", "get_taxes", "get_tax"),
    ("variables", "variables.VariablesOperations", "get_variables", "get_variable_by_id"),
    (
        "variable groups",
        "variable_groups.VariableGroupsOperations",
        "get_variable_groups",
        "get_variable_group_by_id",
    ),
    ("contact roles", "contact_roles.ContactRolesOperations", "get_roles", "get_role"),
    ("assignment rules", "assignment_rules.AssignmentRulesOperations", "get_assignment_rules", None),
    (
        "email templates",
        "email_templates.EmailTemplatesOperations",
        "get_email_templates",
        "get_email_template",
    ),
    (
        "global picklists",
        "global_picklists.GlobalPicklistsOperations",
        "get_global_picklists",
        "get_global_picklist",
    ),
    ("groups", "user_groups.UserGroupsOperations", "get_groups", "get_group"),
    ("organization", "org.OrgOperations", "get_organization", None),
    ("fiscal year", "fiscal_year.FiscalYearOperations", "get_fiscal_year", None),
    ("business hours", "business_hours.BusinessHoursOperations", "get_business_hours", None),
    (
        "available currencies",
        "available_currencies.AvailableCurrenciesOperations",
        "get_available_currencies",
        None,
    ),
    ("features", "features.FeaturesOperations", "get_feature_details", None),
    ("apis", "apis.APIsOperations", "get_supported_api", None),
    ("from addresses", "from_addresses.FromAddressesOperations", "get_from_addresses", None),
    (
        "users unavailability",
        "users_unavailability.UsersUnavailabilityOperations",
        "get_users_unavailability",
        None,
    ),
    (
        "appointment preference",
        "appointment_preference.AppointmentPreferenceOperations",
        "get_appointment_preference",
        None,
    ),
)


def first_id(found):
    """The id of the first item of a list's answer, whatever its name in the SDK."""
    for name, value in vars(found).items() if found is not None else ():
        if isinstance(value, list) and value and not name.endswith("info"):
            return value[0].get_id()
    return None


def metadata(steps):
    for name, operations, read, one in LISTS:
        found = steps.do(name, getattr(sdk(operations)(), read))
        if one and first_id(found):
            wanted = (
                str(first_id(found)) if name == "variable groups" else first_id(found)
            )  # the SDK's own whim
            steps.do(f"one of {name}", getattr(sdk(operations)(), one), wanted)
    steps.do("module by name", sdk("modules.ModulesOperations")().get_module_by_api_name, "Leads")
    for module in ("Leads", "Contacts", "Accounts", "Deals", "Tasks", "Events", "Calls", "Products"):
        for name, operations, read, parameters, one in MODULE_LISTS:
            found = steps.do(
                f"{name} of {module}", getattr(sdk(operations)(), read), params(parameters, module=module)
            )
            if module in ("Leads", "Deals") and first_id(found):
                call = getattr(sdk(operations)(), one)
                only = params(parameters.replace("sParam", "Param"), module=module)
                steps.do(f"one of {name} of {module}", call, first_id(found), only)
    layout = steps.results["layouts of Deals"].get("object") or {}
    layout_id = (layout.get("layouts") or [{}])[0].get("id")
    if layout_id:
        steps.do("pipelines", sdk("pipeline.PipelineOperations")(int(layout_id)).get_pipelines)
    steps.part("shaped", shaped)


def shaped(steps):
    """A custom field and a custom module, then a record that uses them."""
    text = made("fields.Fields", field_label="Favourite Colour", data_type="text", length=50)
    body = made("fields.BodyWrapper", fields=[text])
    steps.do(
        "create field",
        sdk("fields.FieldsOperations")().create_field,
        body,
        params("fields.CreateFieldParam", module="Leads"),
    )
    profiles = sdk("profiles.ProfilesOperations")().get_profiles()
    profile = made("profiles.MinifiedProfile", id=profiles.get_object().get_profiles()[0].get_id())
    shown = {"field_label": "Name", "data_type": "text"}
    module = made(
        "modules.Modules",
        plural_label="Machines",
        singular_label="Machine",
        profiles=[profile],
        api_name="Machines",
        display_field=shown,
    )
    steps.do(
        "create module",
        sdk("modules.ModulesOperations")().create_custom_modules,
        made("modules.BodyWrapper", modules=[module]),
    )


main(metadata)

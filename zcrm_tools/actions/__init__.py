"""What can be done in a CRM, each thing defined once for every surface. `README.md` says where its parts are and how to add one."""

"""Who organizes and records: 志愿服务组织 and 志愿服务队, approved by the office, with their people and roles."""

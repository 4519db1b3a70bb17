//! One notice's texts: templates rendered with its data, and what stands in where one fails.

use sha2::{Digest as _, Sha256};

use crate::notify::Notice;
use crate::template::{Data, Form, TemplateError, Templates, Value};

pub(super) struct Texts<'n> {
    pub notice: &'n Notice,
    pub data: Data,
    pub failed: Vec<TemplateError>,
    templates: &'n Templates,
    value: Value,
}

impl<'n> Texts<'n> {
    pub(super) fn new(notice: &'n Notice, templates: &'n Templates, data: Data) -> Self {
        Self { notice, value: Value::from(data.clone()), data, failed: Vec::new(), templates }
    }

    /// # Errors
    /// What is wrong with the template, or what failed in it.
    pub(super) fn strict(&self, field: &str, template: &str) -> Result<String, TemplateError> {
        self.render(field, template, Form::Text)
    }

    /// One that says what is wrong: where its template fails, the plain facts and the failure stand instead.
    pub(super) fn telling(&mut self, field: &str, template: &str) -> String {
        match self.render(field, template, Form::Text) {
            Ok(text) => text,
            Err(error) => {
                let text = format!("{} (the template failed: {error})", self.plain());
                self.failed.push(error);
                text
            }
        }
    }

    /// One that is left empty where its template fails.
    pub(super) fn detail(&mut self, field: &str, template: &str) -> String {
        self.render(field, template, Form::Text).unwrap_or_else(|error| {
            self.failed.push(error);
            String::new()
        })
    }

    /// `None`, and reported, where its template fails.
    pub(super) fn html(&mut self, field: &str, template: &str) -> Option<String> {
        self.render(field, template, Form::Html).map_err(|error| self.failed.push(error)).ok()
    }

    fn render(&self, field: &str, template: &str, form: Form) -> Result<String, TemplateError> {
        if !template.contains("{{") {
            return Ok(template.to_owned());
        }
        let compiled = self.templates.compile(template, field)?;
        // When the notice was made, not when it is sent: a retry says what the first attempt said.
        self.templates.render(&compiled, form, &self.value, self.notice.created_at)
    }

    /// Status and labels without any template.
    pub(super) fn plain(&self) -> String {
        let labels =
            if self.data.common_labels.is_empty() { &self.data.group_labels } else { &self.data.common_labels };
        format!("[{}] {labels}", self.data.status.as_str().to_uppercase())
    }

    /// What names the group at the other side, whatever its key holds.
    pub(super) fn group_hash(&self) -> String {
        Sha256::digest(self.notice.group.to_string()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

//! `#[probe]`, `#[detector]`, `#[action]`, `#[notifier]`: the function stays as it is; beside it come the component's
//! export (on Wasm alone) and, in the describing build of `pluginctl build`, the core export that tells the schema.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{FnArg, ItemFn, ReturnType, Type};

/// What one attribute expects of its function.
#[derive(Debug)]
pub(crate) struct Kind {
    name: &'static str,
    /// How many arguments at least and at most.
    arguments: (usize, usize),
    signature: &'static str,
    /// The type that the component's export returns inside its `Result`.
    returns: &'static str,
}

impl Kind {
    pub(crate) const PROBE: Self = Self {
        name: "probe",
        arguments: (1, 2),
        signature: "fn(config: Config) -> Result<Observation, Error>",
        returns: "::tocsin_sdk::Observation",
    };
    pub(crate) const DETECTOR: Self = Self {
        name: "detector",
        arguments: (2, 2),
        signature: "fn(config: Config, input: detectors::Input) -> Result<detectors::Output, Error>",
        returns: "::tocsin_sdk::detectors::Output",
    };
    pub(crate) const ACTION: Self = Self {
        name: "action",
        arguments: (2, 2),
        signature: "fn(config: Config, input: actions::Input) -> Result<actions::Decision, Error>",
        returns: "::tocsin_sdk::actions::Decision",
    };
    pub(crate) const NOTIFIER: Self = Self {
        name: "notifier",
        arguments: (2, 2),
        signature: "fn(config: Config, notification: notifiers::Notification) -> Result<notifiers::Delivery, Error>",
        returns: "::tocsin_sdk::notifiers::Delivery",
    };
}

pub(crate) fn expand(kind: &Kind, arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => function,
        Err(_) => return refuse(kind, item.span(), "goes on a function", &item),
    };
    if !arguments.is_empty() {
        return refuse(kind, arguments.span(), "takes no arguments", &item);
    }
    match config_type(kind, &function) {
        Ok(config) => {
            let export = export(kind, &function, config);
            quote! { #function #export }
        }
        Err((span, problem)) => refuse(kind, span, problem, &item),
    }
}

/// The function stays beside the error, so that its own uses do not fail as well.
fn refuse(kind: &Kind, span: Span, problem: &str, item: &TokenStream) -> TokenStream {
    let message = format!("`#[{}]` {problem}; it wants `{}`", kind.name, kind.signature);
    let error = syn::Error::new(span, message).to_compile_error();
    quote! { #item #error }
}

/// The type of the first argument, if the signature is one that this kind can have.
fn config_type<'a>(kind: &Kind, function: &'a ItemFn) -> Result<&'a Type, (Span, &'static str)> {
    let signature = &function.sig;
    if let Some(token) = &signature.asyncness {
        return Err((token.span(), "goes on a function that is not async: host calls block the guest alone"));
    }
    if !signature.generics.params.is_empty() {
        return Err((signature.generics.span(), "goes on a function without type parameters or lifetimes"));
    }
    if matches!(signature.output, ReturnType::Default) {
        return Err((signature.ident.span(), "goes on a function that returns a result"));
    }
    let (least, most) = kind.arguments;
    if !(least..=most).contains(&signature.inputs.len()) {
        return Err((signature.inputs.span(), "goes on a function of other arguments"));
    }
    match signature.inputs.first() {
        Some(FnArg::Typed(config)) => match &*config.ty {
            Type::Reference(reference) => Err((reference.span(), "hands the config over by value, not by reference")),
            owned => Ok(owned),
        },
        Some(FnArg::Receiver(receiver)) => Err((receiver.span(), "goes on a free function, not a method")),
        None => Err((signature.span(), "goes on a function of other arguments")),
    }
}

fn export(kind: &Kind, function: &ItemFn, config: &Type) -> TokenStream {
    let (name, entry) = (&function.sig.ident, Ident::new(kind.name, Span::call_site()));
    let export_macro = format_ident!("__export_{}_impl", kind.name);
    let returns: TokenStream = kind.returns.parse().unwrap_or_default();
    // Spanned at the return type, so that a wrong one is pointed at in the guest's source.
    let call = match function.sig.inputs.len() {
        1 => quote_spanned! {function.sig.output.span()=> |config, _| #name(config) },
        _ => quote! { #name },
    };
    quote! {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, unexpected_cfgs, clippy::all, clippy::pedantic, clippy::restriction)]
        const _: () = {
            #[cfg(not(tocsin_describe))]
            struct Exported;

            #[cfg(not(tocsin_describe))]
            impl ::tocsin_sdk::bindings::#entry::Guest for Exported {
                fn run(
                    input: ::tocsin_sdk::bindings::#entry::Input,
                ) -> ::core::result::Result<#returns, ::std::string::String> {
                    ::tocsin_sdk::entry::#entry::<#config>(input, #call)
                }
            }

            #[cfg(not(tocsin_describe))]
            ::tocsin_sdk::#export_macro!(Exported with_types_in ::tocsin_sdk::bindings::#entry);

            #[cfg(tocsin_describe)]
            #[unsafe(no_mangle)]
            extern "C" fn tocsin_config_schema() -> u64 {
                ::tocsin_sdk::entry::describe::<#config>()
            }
        };

        // Elsewhere nothing calls the function but its tests; this keeps the compiler checking its signature.
        #[allow(unexpected_cfgs)]
        const _: () = {
            #[cfg(any(not(target_arch = "wasm32"), tocsin_describe))]
            #[allow(dead_code)]
            fn signature(
                input: ::tocsin_sdk::bindings::#entry::Input,
            ) -> ::core::result::Result<#returns, ::std::string::String> {
                ::tocsin_sdk::entry::#entry::<#config>(input, #call)
            }
        };
    }
}

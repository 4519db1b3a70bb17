//! The cache of compiled plugins: any doubt is a miss.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tocsin_core::run::RunOutcome;

use super::guests::{FINE, call, limits, load, run, sandbox};

fn images(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for engine in fs::read_dir(folder).unwrap() {
        for file in fs::read_dir(engine.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "cwasm") {
                found.push(path);
            }
        }
    }
    found
}

#[tokio::test]
async fn a_compiled_plugin_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    assert!(!load(&sandbox(Some(cache.clone())), FINE, limits()).await.loaded_from_cache());
    let again = sandbox(Some(cache.clone()));
    let plugin = load(&again, FINE, limits()).await;
    assert!(plugin.loaded_from_cache());
    assert_eq!((again.stats().compiled, again.stats().cache_hits), (0, 1));
    assert_eq!(run(&plugin, call(limits())).await.outcome, RunOutcome::Completed);
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn a_damaged_image_is_compiled_again() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("cut short", |image| fs::write(image, &fs::read(image).unwrap()[..1_000]).unwrap()),
        ("changed by one bit", |image| {
            let mut code = fs::read(image).unwrap();
            let middle = code.len() / 2;
            code[middle] ^= 1;
            fs::write(image, code).unwrap();
        }),
        ("without its digest", |image| fs::remove_file(image.with_extension("sha256")).unwrap()),
        ("empty", |image| fs::write(image, b"").unwrap()),
    ];
    for (name, damage) in damages {
        let folder = tempfile::tempdir().unwrap();
        load(&sandbox(Some(folder.path().to_owned())), FINE, limits()).await;
        let images = images(folder.path());
        assert_eq!(images.len(), 1);
        damage(&images[0]);
        let sandbox = sandbox(Some(folder.path().to_owned()));
        let plugin = load(&sandbox, FINE, limits()).await;
        assert!(!plugin.loaded_from_cache(), "an image {name}");
        assert_eq!(run(&plugin, call(limits())).await.outcome, RunOutcome::Completed, "an image {name}");
        // And it was replaced.
        assert!(load(&sandbox, FINE, limits()).await.loaded_from_cache(), "an image {name}");
    }
}

#[tokio::test]
async fn images_of_another_engine_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (old, foreign) = (folder.path().join("0123456789abcdef"), folder.path().join("not-ours"));
    fs::create_dir_all(&old).unwrap();
    fs::create_dir_all(&foreign).unwrap();
    load(&sandbox(Some(folder.path().to_owned())), FINE, limits()).await;
    load(&sandbox(Some(folder.path().to_owned())), FINE, limits()).await;
    assert!(!old.exists());
    assert!(foreign.exists());
}

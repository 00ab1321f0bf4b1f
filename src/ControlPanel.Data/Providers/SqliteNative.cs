using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace ControlPanel.Data.Providers;

/// <summary>
/// Two repairs at load time, both explained in docs/decisions/0003-packages.md: EF's SQLite provider asks for a newer
/// SQLitePCLRaw than may be restorable, though it uses nothing that the older one lacks; and the system's SQLite, where
/// there is one, is newer and patched, so it is preferred over the bundled library.
/// </summary>
internal static class SqliteNative
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Must run before the first SQLitePCL type is loaded.")]
    internal static void Install()
    {
        AssemblyLoadContext.Default.Resolving += static (context, name) =>
            name is { Name: "SQLitePCLRaw.core", Version: not null }
                ? context.LoadFromAssemblyName(new AssemblyName("SQLitePCLRaw.core"))
                : null;
        PreferSystemLibrary();
    }

    // A method of its own: the handler above must be in place before this one's types are loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PreferSystemLibrary() =>
        NativeLibrary.SetDllImportResolver(
            typeof(SQLitePCL.SQLite3Provider_e_sqlite3).Assembly,
            static (name, _, _) =>
                name == "e_sqlite3" && NativeLibrary.TryLoad("libsqlite3.so.0", out var library) ? library : IntPtr.Zero
        );
}

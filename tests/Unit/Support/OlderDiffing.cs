using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace ControlPanel.Tests.Unit.Support;

/// <summary>
/// bUnit asks for a newer AngleSharp.Diffing than may be restorable, though it uses nothing that the older one lacks
/// (docs/decisions/0003-packages.md).
/// </summary>
internal static class OlderDiffing
{
    [ModuleInitializer]
    internal static void Install() =>
        AssemblyLoadContext.Default.Resolving += static (context, name) =>
            name is { Name: "AngleSharp.Diffing", Version: not null }
                ? context.LoadFromAssemblyName(new AssemblyName("AngleSharp.Diffing"))
                : null;
}

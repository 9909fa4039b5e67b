"""The networks that are compared, as their authors describe them.

Batch normalisation right after a convolution is folded into it, as every exporter does; where it comes before one it
stays.
"""
from description import Description


def alexnet():
    """Krizhevsky (2014), "one weird trick"; without response normalisation."""
    net = Description("alexnet")
    x = net.convolution(net.input(3, 224, 224), 64, 11, stride=4, padding=2, activation="relu")
    x = net.max_pool(x, 3, 2)
    x = net.convolution(x, 192, 5, padding=2, activation="relu")
    x = net.max_pool(x, 3, 2)
    for channels in (384, 256, 256):
        x = net.convolution(x, channels, 3, padding=1, activation="relu")
    x = net.flatten(net.max_pool(x, 3, 2))
    for outputs in (4096, 4096):
        x = net.linear(x, outputs, activation="relu")
    net.linear(x, 1000)
    return net


def vgg16():
    """Simonyan and Zisserman (2015), configuration D."""
    net = Description("vgg16")
    x = net.input(3, 224, 224)
    for channels, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(count):
            x = net.convolution(x, channels, 3, padding=1, activation="relu")
        x = net.max_pool(x, 2, 2)
    x = net.flatten(x)
    for outputs in (4096, 4096):
        x = net.linear(x, outputs, activation="relu")
    net.linear(x, 1000)
    return net


def resnet50():
    """He et al. (2016), with the stride in the 3x3 convolution as it is usual."""
    net = Description("resnet50")
    x = net.convolution(net.input(3, 224, 224), 64, 7, stride=2, padding=3, activation="relu")
    x = net.max_pool(x, 3, 2, padding=1)
    for channels, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            step = stride if block == 0 else 1
            y = net.convolution(x, channels, 1, activation="relu")
            y = net.convolution(y, channels, 3, stride=step, padding=1, activation="relu")
            y = net.convolution(y, 4 * channels, 1)
            shortcut = net.convolution(x, 4 * channels, 1, stride=step) if block == 0 else x
            x = net.add(y, shortcut, activation="relu")
    net.linear(net.flatten(net.global_pool(x)), 1000)
    return net


def mobilenetv2():
    """Sandler et al. (2018)."""
    net = Description("mobilenetv2")
    x = net.convolution(net.input(3, 224, 224), 32, 3, stride=2, padding=1, activation="relu6")
    for widening, channels, blocks, stride in (
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for block in range(blocks):
            step = stride if block == 0 else 1
            given = net.shape(x)[0]
            wide = widening * given
            y = net.convolution(x, wide, 1, activation="relu6") if widening > 1 else x
            y = net.convolution(y, wide, 3, stride=step, padding=1, groups=wide, activation="relu6")
            y = net.convolution(y, channels, 1)
            x = net.add(x, y) if step == 1 and given == channels else y
    x = net.convolution(x, 1280, 1, activation="relu6")
    net.linear(net.flatten(net.global_pool(x)), 1000)
    return net


def wide_resnet(depth, width):
    """Zagoruyko and Komodakis (2016): normalisation and Relu come before the convolutions."""
    net = Description(f"wrn{depth}_{width}")
    x = net.convolution(net.input(3, 32, 32), 16, 3, padding=1, bias=False)
    for channels, stride in ((16 * width, 1), (32 * width, 2), (64 * width, 2)):
        for block in range((depth - 4) // 6):
            step = stride if block == 0 else 1
            given = net.relu(net.batch_normalization(x))
            y = net.convolution(given, channels, 3, stride=step, padding=1, activation="relu")
            y = net.convolution(y, channels, 3, padding=1, bias=False)
            if net.shape(x)[0] != channels:
                x = net.convolution(given, channels, 1, stride=step, bias=False)
            x = net.add(y, x)
    x = net.relu(net.batch_normalization(x))
    net.linear(net.flatten(net.global_pool(x)), 10)
    return net


def convnext_tiny():
    """Liu et al. (2022), as PyTorch exports it: everything between the depthwise convolution and the sum channels last."""
    net = Description("convnext_tiny")

    def normalized(x):
        return net.channels_first(net.layer_normalization(net.channels_last(x)))

    x = normalized(net.convolution(net.input(3, 224, 224), 96, 4, stride=4))
    for channels, blocks in ((96, 3), (192, 3), (384, 9), (768, 3)):
        if net.shape(x)[0] != channels:
            x = net.convolution(normalized(x), channels, 2, stride=2)
        for _ in range(blocks):
            y = net.convolution(x, channels, 7, padding=3, groups=channels)
            y = net.layer_normalization(net.channels_last(y))
            y = net.pointwise(net.gelu(net.pointwise(y, 4 * channels)), channels)
            x = net.add(x, net.scale(net.channels_first(y), 0.1))
    x = net.flatten(normalized(net.global_pool(x)))
    net.linear(x, 1000)
    return net


def tiny():
    """For trying the scripts: a bit of everything that takes no time."""
    net = Description("tiny")
    x = net.convolution(net.input(3, 19, 17), 20, 3, stride=2, padding=1, activation="relu6")
    x = net.max_pool(x, 3, 2, padding=1)
    y = net.convolution(x, 20, 3, padding=1, groups=20, activation="relu")
    y = net.relu(net.batch_normalization(net.convolution(y, 20, 1, bias=False)))
    x = net.add(x, y, activation="relu")
    y = net.layer_normalization(net.channels_last(x))
    y = net.pointwise(net.gelu(net.pointwise(y, 36)), 20)
    x = net.add(x, net.scale(net.channels_first(y), 0.5))
    x = net.linear(net.flatten(x), 24, activation="relu")
    net.linear(x, 10)
    return net


NETWORKS = {
    "alexnet": alexnet, "vgg16": vgg16, "convnext_tiny": convnext_tiny, "resnet50": resnet50,
    "mobilenetv2": mobilenetv2, "wrn16_1": lambda: wide_resnet(16, 1), "wrn28_10": lambda: wide_resnet(28, 10),
}
ALL = NETWORKS | {"tiny": tiny}
